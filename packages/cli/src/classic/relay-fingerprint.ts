// The fingerprint of a relay that one has only the address of: what its TLS certificate shows. Whoever is in between could
// show another one, so the person is asked to compare it before anything is sent (trust on first use). Later connections
// are pinned to it like any other.
import { createHash } from 'node:crypto';
import { connect } from 'node:tls';
import { SirdasError } from '@sirdas/client';

const TIMEOUT_MS = 10_000;

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** SHA-256 of the relay key, 32 bytes. Throws UNREACHABLE. */
export function readRelayFingerprint({ host, port }: HostAndPort): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const fail = (cause?: unknown) => {
      socket.destroy();
      reject(new SirdasError('UNREACHABLE', 'the relay did not answer over TLS', { cause }));
    };
    const socket = connect({ host, port, minVersion: 'TLSv1.3', rejectUnauthorized: false });
    socket.setTimeout(TIMEOUT_MS, fail);
    socket.once('error', fail);
    socket.once('secureConnect', () => {
      const key = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' });
      if (key === undefined) {
        fail();
        return;
      }
      socket.destroy();
      resolve(Uint8Array.from(createHash('sha256').update(key).digest()));
    });
  });
}

/** `HOST`, `HOST:PORT` or `[IPv6]:PORT`; null when it is neither. */
export function parseHostAndPort(text: string, standardPort: number): HostAndPort | null {
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(text.trim()) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? standardPort : Number(digits);
  return host === undefined || port < 1 || port > 65_535 ? null : { host, port };
}

/** `3f2a 91bc …`, for comparing by eye. */
export function formatFingerprint(fingerprint: Uint8Array): string {
  return (Buffer.from(fingerprint).toString('hex').match(/.{4}/g) ?? []).join(' ');
}

/** True for addresses that only this computer has: nobody can be in between. */
export function isOwnComputer(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}
