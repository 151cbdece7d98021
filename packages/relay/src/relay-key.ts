// The relay key: one ECDSA P-256 key that signs the relay proof (SPEC §4.2) and is the key of the TLS certificate, so that
// one fingerprint in an invite pins both (docs/decisions/0005-relay-key.md). Made on the first start and kept in the data
// folder; the certificate is renewed with the same key. Called by relay.ts. Nobody checks a certificate's names or
// dates; they are there for TLS libraries that insist.
import 'reflect-metadata';
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  X509Certificate,
} from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { RelayError } from './errors.ts';
import { readFileIfThere, writeFileSafely } from './private-file.ts';

const KEY_FILE = 'relay-key.pem';
const CERTIFICATE_FILE = 'relay-certificate.pem';
const DAY_MS = 86_400_000;
const VALIDITY_MS = 730 * DAY_MS;
const RENEW_BEFORE_MS = 60 * DAY_MS;
/** For clients whose clock is behind. */
const BACKDATE_MS = 2 * DAY_MS;

export interface RelayKey {
  /** DER SubjectPublicKeyInfo, 91 bytes. */
  readonly publicKey: Uint8Array;
  /** SHA-256 of the public key, 32 bytes: what invites carry. */
  readonly fingerprint: Uint8Array;
  readonly privateKeyPem: string;
  /** Made anew when the one at hand ends within 60 days. */
  readonly readCertificate: (nowMs: number) => Promise<string>;
  /** ECDSA with SHA-256, r || s, 64 bytes. */
  readonly sign: (input: Uint8Array) => Uint8Array;
}

/** Reads the key of a data folder, or makes one. Throws KEY_UNREADABLE or DATA_UNWRITABLE. */
export function openRelayKey(folder: string, hostName: string): RelayKey {
  const path = join(folder, KEY_FILE);
  const privateKeyPem = readFileIfThere(path) ?? makeKey(path);
  const privateKey = parseKey(privateKeyPem, path);
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const certificatePath = join(folder, CERTIFICATE_FILE);
  return {
    publicKey,
    fingerprint: createHash('sha256').update(publicKey).digest(),
    privateKeyPem,
    readCertificate: async (nowMs) => {
      const kept = readFileIfThere(certificatePath);
      if (kept !== null && isUsable(kept, privateKey, nowMs)) return kept;
      const made = await makeCertificate(privateKey, hostName, nowMs);
      writeFileSafely(certificatePath, made);
      return made;
    },
    sign: (input) => sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  };
}

function makeKey(path: string): string {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  writeFileSafely(path, privateKey);
  return privateKey;
}

function parseKey(pem: string, path: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  } catch {
    // The cause could quote the file: it stays out of the error.
  }
  throw new RelayError(
    'KEY_UNREADABLE',
    `${path} does not hold the relay's P-256 key. Put back the file from a backup: without it every client would have to be invited again.`,
  );
}

function isUsable(pem: string, privateKey: KeyObject, nowMs: number): boolean {
  try {
    const certificate = new X509Certificate(pem);
    return (
      certificate.checkPrivateKey(privateKey) && certificate.validToDate.getTime() - RENEW_BEFORE_MS > nowMs
    );
  } catch {
    return false;
  }
}

async function makeCertificate(privateKey: KeyObject, hostName: string, nowMs: number): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = {
    privateKey: privateKey.toCryptoKey(algorithm, true, ['sign']),
    publicKey: createPublicKey(privateKey).toCryptoKey(algorithm, true, ['verify']),
  };
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=sirdas relay',
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + VALIDITY_MS),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(listNames(hostName)),
    ],
  });
  return certificate.toString('pem');
}

function listNames(hostName: string): x509.JsonGeneralNames {
  const names = [...new Set([hostName, 'localhost', '127.0.0.1', '::1'])];
  return names.map((name) => ({ type: isIP(name) === 0 ? 'dns' : 'ip', value: name }));
}
