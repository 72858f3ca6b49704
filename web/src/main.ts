import './style.css';
import './rooms.css';
import { App } from './app.ts';

new App();
