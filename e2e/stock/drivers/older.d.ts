// What the tests use of older clients has not changed since.
declare module "socket.io-client-4.0" {
  export { Manager } from "socket.io-client";
}
declare module "socket.io-client-3.1" {
  export { Manager } from "socket.io-client";
}
