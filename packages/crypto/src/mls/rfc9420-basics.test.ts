// RFC 9420, the vectors of the working group that need no group: primitives, key schedule, secret tree, hashes, encodings.
import { fromHex, toHex } from '@sirdas/protocol';
import { decodeAuthenticatedContent } from 'ts-mls/authenticatedContent.js';
import type { Decoder } from 'ts-mls/codec/tlsDecoder.js';
import type { Encoder } from 'ts-mls/codec/tlsEncoder.js';
import { determineLength } from 'ts-mls/codec/variableLength.js';
import { decodeCommit, encodeCommit } from 'ts-mls/commit.js';
import { refhash } from 'ts-mls/crypto/hash.js';
import { decryptWithLabel, encryptWithLabel } from 'ts-mls/crypto/hpke.js';
import { deriveSecret, deriveTreeSecret, expandWithLabel } from 'ts-mls/crypto/kdf.js';
import { signWithLabel, verifyWithLabel } from 'ts-mls/crypto/signature.js';
import { verifyConfirmationTag } from 'ts-mls/framedContent.js';
import { encodeGroupContext } from 'ts-mls/groupContext.js';
import { decodeGroupSecrets, encodeGroupSecrets } from 'ts-mls/groupSecrets.js';
import { initializeEpoch, mlsExporter } from 'ts-mls/keySchedule.js';
import { computePskSecret } from 'ts-mls/presharedkey.js';
import * as proposals from 'ts-mls/proposal.js';
import { decodeRatchetTree, encodeRatchetTree } from 'ts-mls/ratchetTree.js';
import { expandSenderDataKey, expandSenderDataNonce } from 'ts-mls/sender.js';
import { createConfirmedHash, createInterimHash } from 'ts-mls/transcriptHash.js';
import * as treemath from 'ts-mls/treemath.js';
import { expect, test } from 'vitest';
import { loadPublishedVectors, PUBLISHED_ARE_MISSING } from '../vectors.testkit.ts';
import { createRatchets, ratchetsOf, takeKey } from './ratchet.ts';
import { loadHashSuite, loadVectorSuite, type SuiteVector } from './rfc9420.testkit.ts';
import { decodeMessage, decodeStrictly } from './wire.ts';

const OURS = 1;
const impl = loadVectorSuite();

interface BasicsVector extends SuiteVector {
  readonly ref_hash: Record<'label' | 'value' | 'out', string>;
  readonly expand_with_label: Record<'secret' | 'label' | 'context' | 'out', string> & { length: number };
  readonly derive_secret: Record<'secret' | 'label' | 'out', string>;
  readonly derive_tree_secret: Record<'secret' | 'label' | 'out', string> & {
    generation: number;
    length: number;
  };
  readonly sign_with_label: Record<'priv' | 'pub' | 'content' | 'label' | 'signature', string>;
  readonly encrypt_with_label: Record<
    'priv' | 'pub' | 'label' | 'context' | 'plaintext' | 'kem_output' | 'ciphertext',
    string
  >;
}

test('crypto-basics: hashing and key derivation, 7 suites', async ({ skip }) => {
  const vectors = await loadPublishedVectors<BasicsVector[]>('mls/crypto-basics.json');
  if (!vectors) return skip(PUBLISHED_ARE_MISSING);
  for (const vector of vectors) {
    const { hash, kdf } = loadHashSuite(vector.cipher_suite);
    const { ref_hash: ref, expand_with_label: expanded, derive_secret: derived } = vector;
    const tree = vector.derive_tree_secret;
    expect(toHex(await refhash(ref.label, fromHex(ref.value), hash))).toBe(ref.out);
    const { length, label } = expanded;
    const [secret, context] = [fromHex(expanded.secret), fromHex(expanded.context)];
    expect(toHex(await expandWithLabel(secret, label, context, length, kdf))).toBe(expanded.out);
    expect(toHex(await deriveSecret(fromHex(derived.secret), derived.label, kdf))).toBe(derived.out);
    const treeSecret = fromHex(tree.secret);
    const out = await deriveTreeSecret(treeSecret, tree.label, tree.generation, tree.length, kdf);
    expect(toHex(out)).toBe(tree.out);
  }
  expect(vectors).toHaveLength(7);
});

test('crypto-basics: signatures and HPKE, suite 1', async ({ skip }) => {
  const vectors = await loadPublishedVectors<BasicsVector[]>('mls/crypto-basics.json');
  if (!vectors) return skip(PUBLISHED_ARE_MISSING);
  const vector = vectors.find(({ cipher_suite }) => cipher_suite === OURS);
  if (!vector) throw new Error('no suite 1');
  const { sign_with_label: signed, encrypt_with_label: sealed } = vector;
  const [publicKey, content] = [fromHex(signed.pub), fromHex(signed.content)];
  const verify = (signature: Uint8Array) =>
    verifyWithLabel(publicKey, signed.label, content, signature, impl.signature);
  expect(await verify(fromHex(signed.signature))).toBe(true);
  expect(await verify(await signWithLabel(fromHex(signed.priv), signed.label, content, impl.signature))).toBe(
    true,
  );
  expect(await verify(fromHex(signed.signature).with(0, 0))).toBe(false);
  const key = await impl.hpke.importPrivateKey(fromHex(sealed.priv));
  const open = (kemOutput: Uint8Array, ciphertext: Uint8Array) =>
    decryptWithLabel(key, sealed.label, fromHex(sealed.context), kemOutput, ciphertext, impl.hpke);
  expect(toHex(await open(fromHex(sealed.kem_output), fromHex(sealed.ciphertext)))).toBe(sealed.plaintext);
  const again = await encryptWithLabel(
    await impl.hpke.importPublicKey(fromHex(sealed.pub)),
    sealed.label,
    fromHex(sealed.context),
    fromHex(sealed.plaintext),
    impl.hpke,
  );
  expect(toHex(await open(again.enc, again.ct))).toBe(sealed.plaintext);
});

test('deserialization: all 14', async ({ skip }) => {
  const vectors =
    await loadPublishedVectors<{ vlbytes_header: string; length: number }[]>('mls/deserialization.json');
  if (!vectors) return skip(PUBLISHED_ARE_MISSING);
  for (const { vlbytes_header, length } of vectors) {
    expect(determineLength(fromHex(vlbytes_header), 0).length).toBe(length);
  }
  expect(vectors).toHaveLength(14);
});

test('tree-math: all 10', async ({ skip }) => {
  type Nodes = (number | null)[];
  interface TreeVector {
    n_leaves: number;
    n_nodes: number;
    root: number;
    left: Nodes;
    right: Nodes;
    parent: Nodes;
    sibling: Nodes;
  }
  const vectors = await loadPublishedVectors<TreeVector[]>('mls/tree-math.json');
  if (!vectors) return skip(PUBLISHED_ARE_MISSING);
  for (const { n_leaves: leaves, n_nodes, root, left, right, parent, sibling } of vectors) {
    expect(treemath.nodeWidth(leaves)).toBe(n_nodes);
    expect(treemath.root(leaves)).toBe(root);
    const compare = (expected: Nodes, compute: (node: treemath.NodeIndex) => number) => {
      for (const [i, node] of expected.entries()) {
        if (node !== null) expect(compute(treemath.toNodeIndex(i))).toBe(node);
      }
    };
    compare(left, treemath.left);
    compare(right, treemath.right);
    compare(parent, (node) => treemath.parent(node, leaves));
    compare(sibling, (node) => treemath.sibling(node, leaves));
  }
  expect(vectors).toHaveLength(10);
});

test('psk_secret: all 77', async ({ skip }) => {
  interface PskVector extends SuiteVector {
    psks: { psk_id: string; psk: string; psk_nonce: string }[];
    psk_secret: string;
  }
  const vectors = await loadPublishedVectors<PskVector[]>('mls/psk_secret.json');
  if (!vectors) return skip(PUBLISHED_ARE_MISSING);
  for (const { cipher_suite, psks, psk_secret } of vectors) {
    const given = psks.map(({ psk_id, psk, psk_nonce }): Parameters<typeof computePskSecret>[0][number] => [
      { psktype: 'external', pskId: fromHex(psk_id), pskNonce: fromHex(psk_nonce) },
      fromHex(psk),
    ]);
    expect(toHex(await computePskSecret(given, loadHashSuite(cipher_suite)))).toBe(psk_secret);
  }
  expect(vectors).toHaveLength(77);
});

test('secret-tree: all 21, with the ratchets that we keep', { timeout: 60_000 }, async ({ skip }) => {
  interface SecretTreeVector extends SuiteVector {
    encryption_secret: string;
    sender_data: Record<'sender_data_secret' | 'ciphertext' | 'key' | 'nonce', string>;
    leaves: (Record<'application_key' | 'application_nonce' | 'handshake_key' | 'handshake_nonce', string> & {
      generation: number;
    })[][];
  }
  const vectors = await loadPublishedVectors<SecretTreeVector[]>('mls/secret-tree.json');
  if (!vectors) return skip(PUBLISHED_ARE_MISSING);
  for (const { cipher_suite, encryption_secret, sender_data: sender, leaves } of vectors) {
    const suite = loadHashSuite(cipher_suite);
    const [secret, ciphertext] = [fromHex(sender.sender_data_secret), fromHex(sender.ciphertext)];
    expect(toHex(await expandSenderDataKey(suite, secret, ciphertext))).toBe(sender.key);
    expect(toHex(await expandSenderDataNonce(suite, secret, ciphertext))).toBe(sender.nonce);
    const node = { nodeType: 'parent', parent: {} } as never;
    const tree = Array.from({ length: leaves.length * 2 - 1 }, () => node);
    const ratchets = await createRatchets(tree, fromHex(encryption_secret), suite);
    for (const [leaf, generations] of leaves.entries()) {
      let { application, handshake } = ratchetsOf(ratchets, leaf) ?? {};
      for (const expected of generations) {
        if (!application || !handshake) throw new Error('no ratchets');
        const taken = await takeKey(application, expected.generation, suite);
        const takenHandshake = await takeKey(handshake, expected.generation, suite);
        expect(toHex(taken.messageKey.key)).toBe(expected.application_key);
        expect(toHex(taken.messageKey.nonce)).toBe(expected.application_nonce);
        expect(toHex(takenHandshake.messageKey.key)).toBe(expected.handshake_key);
        expect(toHex(takenHandshake.messageKey.nonce)).toBe(expected.handshake_nonce);
        application = taken.ratchet;
        handshake = takenHandshake.ratchet;
      }
    }
  }
  expect(vectors).toHaveLength(21);
});

test('transcript-hashes: all 7', async ({ skip }) => {
  type HashVector = SuiteVector &
    Record<
      | 'confirmation_key'
      | 'authenticated_content'
      | 'interim_transcript_hash_before'
      | 'confirmed_transcript_hash_after'
      | 'interim_transcript_hash_after',
      string
    >;
  const vectors = await loadPublishedVectors<HashVector[]>('mls/transcript-hashes.json');
  if (!vectors) return skip(PUBLISHED_ARE_MISSING);
  for (const vector of vectors) {
    const { hash } = loadHashSuite(vector.cipher_suite);
    const decoded = decodeAuthenticatedContent(fromHex(vector.authenticated_content), 0)?.[0];
    if (decoded?.content.contentType !== 'commit' || decoded.auth.contentType !== 'commit')
      throw new Error('no commit');
    const { content, auth, wireformat } = decoded;
    const { signature, confirmationTag } = auth;
    const before = fromHex(vector.interim_transcript_hash_before);
    const confirmed = await createConfirmedHash(before, { wireformat, content, signature }, hash);
    expect(toHex(confirmed)).toBe(vector.confirmed_transcript_hash_after);
    const key = fromHex(vector.confirmation_key);
    expect(await verifyConfirmationTag(key, confirmationTag, confirmed, hash)).toBe(true);
    const interim = await createInterimHash(confirmed, confirmationTag, hash);
    expect(toHex(interim)).toBe(vector.interim_transcript_hash_after);
  }
  expect(vectors).toHaveLength(7);
});

interface ScheduleEpoch {
  readonly [secret: string]: string | { secret: string; label: string; context: string; length: number };
  readonly exporter: { secret: string; label: string; context: string; length: number };
}

test('key-schedule: all 7, the key for commits from outside in suite 1', async ({ skip }) => {
  type ScheduleVector = SuiteVector & {
    group_id: string;
    initial_init_secret: string;
    epochs: ScheduleEpoch[];
  };
  const vectors = await loadPublishedVectors<ScheduleVector[]>('mls/key-schedule.json');
  if (!vectors) return skip(PUBLISHED_ARE_MISSING);
  for (const { cipher_suite, group_id, initial_init_secret, epochs } of vectors) {
    const suite = loadHashSuite(cipher_suite);
    let initSecret = fromHex(initial_init_secret);
    for (const [epoch, expected] of epochs.entries()) {
      const given = (name: string) => fromHex(String(expected[name]));
      const context = {
        version: 'mls10' as const,
        cipherSuite: suite.name,
        groupId: fromHex(group_id),
        epoch: BigInt(epoch),
        treeHash: given('tree_hash'),
        confirmedTranscriptHash: given('confirmed_transcript_hash'),
        extensions: [],
      };
      expect(toHex(encodeGroupContext(context))).toBe(expected['group_context']);
      const pskSecret = given('psk_secret');
      const made = await initializeEpoch(initSecret, given('commit_secret'), context, pskSecret, suite.kdf);
      const { keySchedule: keys } = made;
      for (const [name, value] of Object.entries({
        joiner_secret: made.joinerSecret,
        welcome_secret: made.welcomeSecret,
        encryption_secret: made.encryptionSecret,
        init_secret: keys.initSecret,
        sender_data_secret: keys.senderDataSecret,
        exporter_secret: keys.exporterSecret,
        epoch_authenticator: keys.epochAuthenticator,
        external_secret: keys.externalSecret,
        confirmation_key: keys.confirmationKey,
        membership_key: keys.membershipKey,
        resumption_psk: keys.resumptionPsk,
      })) {
        expect(toHex(value), name).toBe(expected[name]);
      }
      const { label, context: exported, length, secret } = expected.exporter;
      const out = await mlsExporter(keys.exporterSecret, label, fromHex(exported), length, suite);
      expect(toHex(out)).toBe(secret);
      if (cipher_suite === OURS) {
        const { publicKey } = await impl.hpke.deriveKeyPair(keys.externalSecret);
        expect(toHex(await impl.hpke.exportPublicKey(publicKey))).toBe(expected['external_pub']);
      }
      initSecret = Uint8Array.from(keys.initSecret);
    }
  }
  expect(vectors).toHaveLength(7);
});

test('messages: all 300 of 17 kinds are read as one encoding and written as the same', {
  timeout: 60_000,
}, async ({ skip }) => {
  const vectors = await loadPublishedVectors<Record<string, string>[]>('mls/messages.json');
  if (!vectors) return skip(PUBLISHED_ARE_MISSING);
  const readers: Record<string, (bytes: Uint8Array) => boolean> = {
    ratchet_tree: readsAs(decodeRatchetTree, encodeRatchetTree),
    group_secrets: readsAs(decodeGroupSecrets, encodeGroupSecrets),
    add_proposal: readsAs(proposals.decodeAdd, proposals.encodeAdd),
    update_proposal: readsAs(proposals.decodeUpdate, proposals.encodeUpdate),
    remove_proposal: readsAs(proposals.decodeRemove, proposals.encodeRemove),
    pre_shared_key_proposal: readsAs(proposals.decodePSK, proposals.encodePSK),
    re_init_proposal: readsAs(proposals.decodeReinit, proposals.encodeReinit),
    external_init_proposal: readsAs(proposals.decodeExternalInit, proposals.encodeExternalInit),
    group_context_extensions_proposal: readsAs(
      proposals.decodeGroupContextExtensions,
      proposals.encodeGroupContextExtensions,
    ),
    commit: readsAs(decodeCommit, encodeCommit),
  };
  const kinds = {
    mls_welcome: 'mls_welcome',
    mls_group_info: 'mls_group_info',
    mls_key_package: 'mls_key_package',
    public_message_application: 'mls_public_message',
    public_message_proposal: 'mls_public_message',
    public_message_commit: 'mls_public_message',
    private_message: 'mls_private_message',
  } as const;
  for (const vector of vectors) {
    for (const [name, reads] of Object.entries(readers)) {
      const bytes = fromHex(vector[name] ?? '');
      expect(reads(bytes), name).toBe(true);
      expect(reads(Uint8Array.of(...bytes, 0)), name).toBe(false);
    }
    for (const [name, kind] of Object.entries(kinds)) {
      expect(decodeMessage(kind, fromHex(vector[name] ?? '')), name).not.toBeNull();
    }
  }
  expect(vectors).toHaveLength(300);
});

function readsAs<T>(decode: Decoder<T>, encode: Encoder<T>): (bytes: Uint8Array) => boolean {
  return (bytes) => decodeStrictly({ decode, encode }, bytes) !== null;
}
