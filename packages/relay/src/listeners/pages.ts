// What the web listeners answer to plain HTTP: the page behind an invite link and /healthz. Pages are whole files in memory,
// known by their exact path; the web application will be more of them. Nothing a visitor sends is ever part of an answer.
import { readFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

interface Page {
  readonly contentType: string;
  readonly body: Buffer;
}

const HEALTH_PATH = '/healthz';

/** No script but our own files, no other origin, nothing embedded, no way for the fragment to leave. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const SECURITY_HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=()',
  'Cache-Control': 'no-cache',
} as const;

/** `isHealthy` false: shutting down. */
export function createRequestHandler(isHealthy: () => boolean): RequestListener {
  const pages = new Map<string, Page>([
    ['/i', readPage('invite.html', 'text/html; charset=utf-8')],
    ['/i/invite.css', readPage('invite.css', 'text/css; charset=utf-8')],
    ['/i/invite.js', readPage('invite.js', 'text/javascript; charset=utf-8')],
  ]);
  return (request, response) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    const path = request.url?.split('?')[0] ?? '';
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      sendText(response, 405, 'only GET is served here\n');
    } else if (path === HEALTH_PATH) {
      sendHealth(response, isHealthy());
    } else {
      sendPage(request, response, pages.get(path));
    }
  };
}

export function sendHealth(response: ServerResponse, isHealthy: boolean): void {
  sendText(response, isHealthy ? 200 : 503, isHealthy ? 'ok\n' : 'going down\n');
}

function sendPage(request: IncomingMessage, response: ServerResponse, page: Page | undefined): void {
  if (!page) {
    sendText(response, 404, 'nothing here\n');
    return;
  }
  response.writeHead(200, { 'Content-Type': page.contentType, 'Content-Length': page.body.length });
  response.end(request.method === 'HEAD' ? undefined : page.body);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(text);
}

/** The same place as seen from src/listeners and from dist/listeners. */
function readPage(file: string, contentType: string): Page {
  return { contentType, body: readFileSync(new URL(`../../static/${file}`, import.meta.url)) };
}
