// The listener for whoever watches over the relay: /metrics and /healthz. Its own port on loopback, never reachable through a
// reverse proxy that serves the web listener.
import { createServer, type Server } from 'node:http';
import type { Metrics } from '../metrics.ts';
import { sendHealth } from './pages.ts';

export function createMetricsListener(metrics: Metrics, isHealthy: () => boolean): Server {
  return createServer((request, response) => {
    if (request.method !== 'GET') response.writeHead(405, { Allow: 'GET' }).end();
    else if (request.url === '/healthz') sendHealth(response, isHealthy());
    else if (request.url !== '/metrics') response.writeHead(404).end();
    else {
      metrics.render().then(
        (text) => response.writeHead(200, { 'Content-Type': metrics.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    }
  });
}
