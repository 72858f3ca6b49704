import './style.css';
import { App } from './app.ts';

new App();
