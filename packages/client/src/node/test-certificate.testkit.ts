// A TLS key and certificate for tests only. The certificate is expired, self-signed and names somebody else: whoever is
// pinned by key must not care (SPEC §2).
import { createHash, X509Certificate } from 'node:crypto';

export const testCertificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBKzCB06ADAgECAgEBMAoGCCqGSM49BAMCMCAxHjAcBgNVBAMMFXNvbWVib2R5
LWVsc2UuZXhhbXBsZTAeFw0wMTAxMDEwMDAwMDBaFw0wMjAxMDEwMDAwMDBaMCAx
HjAcBgNVBAMMFXNvbWVib2R5LWVsc2UuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABLEc7Dewt4rkUWc5Zu1LfkeDT1X3Q1SG+GOpxpiPyxFXFrryZtmk
c/cEU9Wf0qM1XmC0NV5sxL+INLvJOa8HNbUwCgYIKoZIzj0EAwIDRwAwRAIgOac4
7TrLNCtiylZiyMTNrCKSEfot29ZAeEDg2sr+vYgCIAk33bd8DkDZn3vcLWHs4ne1
2Ibaa9E2RqpzOOM4XEvi
-----END CERTIFICATE-----`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgMcCOQ2C//PkDa4gw
Nhgdb1aBshS51GkuB4r8Ji5uwqihRANCAASxHOw3sLeK5FFnOWbtS35Hg09V90NU
hvhjqcaYj8sRVxa68mbZpHP3BFPVn9KjNV5gtDVebMS/iDS7yTmvBzW1
-----END PRIVATE KEY-----`,
};

/** SHA-256 of its SubjectPublicKeyInfo. */
export function testFingerprint(): Uint8Array {
  const { publicKey } = new X509Certificate(testCertificate.cert);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return Uint8Array.from(createHash('sha256').update(spki).digest());
}
