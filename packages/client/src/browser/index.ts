// The SDK in browsers: the WebSocket transport. The vault on IndexedDB comes with the web app.
export { websocketTransport } from '../transport/websocket.ts';
