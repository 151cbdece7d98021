// For the relay's tests: a relay in a temporary folder, accounts with real keys, and a client that speaks the protocol byte by
// byte, so that a test can also do what no honest client does. Signs with node:crypto, not with the project's own client.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import {
  accountRecordInput,
  concatBytes,
  decodeFrame,
  encodeAccountRecord,
  encodeFrame,
  type Frame,
  type FrameBody,
  type FrameKind,
  FrameSplitter,
  LIMITS,
  type LogId,
  loginInput,
  type Nickname,
  nameWireError,
  parseInviteLink,
  prefixFrame,
  recordHashInput,
  type SignedRecord,
  toDeviceId,
  toLogId,
  type WireErrorName,
} from '@sirdas/protocol';
import { vi } from 'vitest';
import { WebSocket } from 'ws';
import type { RelayConfig } from './config/options.ts';
import { makeRelayConfig } from './config/parse-config.ts';
import { type Relay, type RelayEnvironment, startRelay } from './relay.ts';

/** A whole relay with its disk: on a busy machine some tests take their time. */
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

/** Nothing is limited: tests that are about a limit set it. */
const UNLIMITED = { burst: Number.POSITIVE_INFINITY, perSecond: Number.POSITIVE_INFINITY };

export interface TestRelay extends Relay {
  readonly config: RelayConfig;
  /** The token of the owner's invite. */
  readonly ownerToken: Uint8Array;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}

/** A relay on free ports of loopback, plain TCP unless told otherwise. */
export async function startTestRelay(
  values: Partial<RelayConfig> = {},
  environment: Partial<RelayEnvironment> = {},
): Promise<TestRelay> {
  const data = values.data ?? makeTestFolder();
  const config = makeRelayConfig({
    ...{ data, host: '127.0.0.1', tcpPort: 0, webPort: 0, webTlsPort: 0, metricsPort: 0 },
    ...{ plaintext: true, logLevel: 'silent', presenceLinger: 0 },
    ...{ sendRate: UNLIMITED, sendBytes: UNLIMITED, readRate: UNLIMITED, requestRate: UNLIMITED },
    ...{ recordRate: UNLIMITED },
    ...values,
  });
  const relay = await startRelay(config, environment);
  const ownerToken =
    relay.ownerInvite === null ? new Uint8Array(0) : parseInviteLink(relay.ownerInvite).token;
  const remove = async () => {
    await relay.close();
    rmSync(data, { recursive: true, force: true });
  };
  return Object.assign(relay, { config, ownerToken, remove });
}

export function makeTestFolder(): string {
  return mkdtempSync(join(tmpdir(), 'sirdas-relay-'));
}

interface KeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly privateKey: KeyObject;
}

export interface TestDevice extends KeyPair {
  /** 16 bytes. */
  readonly id: Uint8Array;
}

export function makeTestDevice(): TestDevice {
  return { ...makeKeyPair(), id: randomBytes(16) };
}

/** An account with its keys; `makeRecord` gives its records one after the other. */
export class TestAccount {
  readonly nickname: Nickname;
  readonly identity = makeKeyPair();
  readonly relayFingerprint: Uint8Array;
  devices: TestDevice[] = [makeTestDevice()];
  colour = 0x336699;
  #index = 0;
  #previousHash: Uint8Array = new Uint8Array(0);

  /** Any text as nickname, also one that the relay must refuse. */
  constructor(nickname: string, relayFingerprint: Uint8Array) {
    this.nickname = nickname as Nickname;
    this.relayFingerprint = relayFingerprint;
  }

  get device(): TestDevice {
    const [first] = this.devices;
    if (!first) throw new Error('the account has no device');
    return first;
  }

  /** The next record of the chain; `changes` for records that break a rule. */
  makeRecord(changes: Partial<Parameters<typeof encodeAccountRecord>[0]> = {}): SignedRecord {
    const record = encodeAccountRecord({
      relayFingerprint: this.relayFingerprint,
      nickname: this.nickname,
      identityKey: this.identity.publicKey,
      index: this.#index,
      previousHash: this.#previousHash,
      devices: this.devices.map(({ id, publicKey }) => ({
        id,
        signatureKey: publicKey,
        name: 'test',
        addedMs: 1,
      })),
      rsaPublicKey: new Uint8Array(0),
      suites: ['test-1'],
      profile: { colour: this.colour, displayName: '' },
      timeMs: 1_800_000_000_000,
      ...changes,
    });
    this.#index++;
    this.#previousHash = createHash('sha256').update(recordHashInput(record)).digest();
    return { record, signature: sign(null, accountRecordInput(record), this.identity.privateKey) };
  }
}

interface WaitingRead {
  readonly wants: (frame: Frame) => boolean;
  readonly resolve: (frame: Frame) => void;
  readonly reject: (error: Error) => void;
}

interface ClientTransport {
  readonly write: (bytes: Uint8Array) => void;
  readonly pause: () => void;
  readonly destroy: () => void;
  readonly channelBinding: Uint8Array | null;
}

/** The other end of one connection. */
export class TestClient {
  readonly #transport: ClientTransport;
  /** Every frame that came and that nobody has waited for yet. */
  readonly unread: Frame[] = [];
  readonly #waiting: WaitingRead[] = [];
  /** Resolves when the relay has closed the connection, or we have. */
  readonly closed: Promise<void>;
  readonly #resolveClosed: () => void;
  #isClosed = false;
  #nextRequest = 1;

  private constructor(transport: ClientTransport) {
    this.#transport = transport;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#resolveClosed = resolve;
  }

  static async overTcp(port: number | null): Promise<TestClient> {
    const socket = connect(port ?? 0, '127.0.0.1');
    return TestClient.#overStream(socket, null);
  }

  static async overTls(port: number | null): Promise<TestClient> {
    const socket = connectTls({ port: port ?? 0, host: '127.0.0.1', rejectUnauthorized: false });
    await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    return TestClient.#overStream(socket, exportBinding(socket));
  }

  static async overWebSocket(
    url: string,
    options: { origin?: string; headers?: Record<string, string> } = {},
  ): Promise<TestClient> {
    const webSocket = new WebSocket(url, 'sirdas.v1', { ...options, rejectUnauthorized: false });
    const client = new TestClient({
      write: (bytes) => webSocket.send(bytes),
      pause: () => webSocket.pause(),
      destroy: () => webSocket.terminate(),
      channelBinding: null,
    });
    webSocket.on('message', (data: Buffer) => client.#receive(data));
    webSocket.on('close', () => client.#onClose());
    await new Promise<void>((resolve, reject) => webSocket.once('open', resolve).once('error', reject));
    return client;
  }

  static async #overStream(socket: Socket, channelBinding: Uint8Array | null): Promise<TestClient> {
    const client = new TestClient({
      write: (bytes) => socket.write(prefixFrame(bytes)),
      pause: () => socket.pause(),
      destroy: () => socket.destroy(),
      channelBinding,
    });
    const splitter = new FrameSplitter(LIMITS.MAX_FRAME_BYTES);
    socket.on('data', (chunk) => splitter.push(chunk, (frame) => client.#receive(frame)));
    socket.on('error', () => {});
    socket.on('close', () => client.#onClose());
    return client;
  }

  /** One frame, whatever it holds. */
  sendBytes(frame: Uint8Array): void {
    this.#transport.write(frame);
  }

  send(frame: Frame): void {
    this.#transport.write(encodeFrame(frame));
  }

  /** Sends a request and waits for its answer, an error included. */
  async ask(body: FrameBody): Promise<Frame> {
    const request = this.#nextRequest++;
    this.send({ request, ...body } as Frame);
    return this.#take((frame) => frame.request === request);
  }

  /** As `ask`; throws when the answer is of another kind. */
  async expect<Kind extends FrameKind>(kind: Kind, body: FrameBody): Promise<Frame<Kind>> {
    const answer = await this.ask(body);
    if (answer.kind !== kind) throw new Error(`expected ${kind}, got ${describe(answer)}`);
    return answer as Frame<Kind>;
  }

  /** The name of the error that the answer is. */
  async askForError(body: FrameBody): Promise<WireErrorName | null> {
    return errorName(await this.ask(body));
  }

  /** The next frame of that kind, among those that came or will come. */
  async next<Kind extends FrameKind>(kind: Kind): Promise<Frame<Kind>> {
    return (await this.#take((frame) => frame.kind === kind)) as Frame<Kind>;
  }

  /** The name of the error that ended the connection. */
  async nextError(): Promise<WireErrorName | null> {
    return errorName(await this.next('error'));
  }

  claim(account: TestAccount, inviteToken: Uint8Array): Promise<Frame> {
    return this.ask({
      kind: 'claim',
      record: account.makeRecord(),
      admission: { case: 'inviteToken', value: inviteToken },
    });
  }

  async login(account: TestAccount, options: LoginOptions = {}): Promise<Frame> {
    return this.ask(this.makeLogin(await this.next('hello'), account, options));
  }

  /** Logs in; returns the own inbox. */
  async enter(account: TestAccount, options: LoginOptions = {}): Promise<LogId> {
    const answer = await this.login(account, options);
    if (answer.kind !== 'loggedIn') throw new Error(`login: ${describe(answer)}`);
    return toLogId(answer.inbox);
  }

  makeLogin(hello: Frame<'hello'>, account: TestAccount, options: LoginOptions = {}): FrameBody<'login'> {
    const {
      device = account.device,
      visible = true,
      channelBinding = this.#transport.channelBinding,
    } = options;
    const nonce = randomBytes(32);
    const input = loginInput({
      relayKey: hello.relayKey,
      relayNonce: hello.nonce,
      version: 1,
      nickname: account.nickname,
      device: toDeviceId(device.id),
      clientNonce: nonce,
      channelBinding: channelBinding ?? new Uint8Array(0),
      visible,
    });
    return {
      kind: 'login',
      version: 1,
      nickname: account.nickname,
      device: device.id,
      nonce,
      channelBound: channelBinding !== null,
      signature: sign(null, input, device.privateKey),
      visible,
    };
  }

  /** Reads nothing any more. */
  fallAsleep(): void {
    this.#transport.pause();
  }

  close(): Promise<void> {
    this.#transport.destroy();
    return this.closed;
  }

  #receive(bytes: Uint8Array): void {
    // Copied: envelopes are views of the chunk.
    const frame = decodeFrame(Uint8Array.from(bytes));
    const index = this.#waiting.findIndex(({ wants }) => wants(frame));
    const [waiting] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (waiting) waiting.resolve(frame);
    else this.unread.push(frame);
  }

  #take(wants: (frame: Frame) => boolean): Promise<Frame> {
    const index = this.unread.findIndex(wants);
    const [frame] = index < 0 ? [] : this.unread.splice(index, 1);
    if (frame) return Promise.resolve(frame);
    if (this.#isClosed) return Promise.reject(new Error('the connection is closed'));
    return new Promise((resolve, reject) => this.#waiting.push({ wants, resolve, reject }));
  }

  #onClose(): void {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('the connection was closed'));
    this.#resolveClosed();
  }
}

export interface LoginOptions {
  readonly device?: TestDevice;
  readonly visible?: boolean;
  readonly channelBinding?: Uint8Array | null;
}

/** A relay's first account, made with the owner's invite; the client is logged in. */
export async function enterAsOwner(
  relay: TestRelay,
  nickname = 'owner',
): Promise<{ client: TestClient; account: TestAccount; inbox: LogId }> {
  const account = new TestAccount(nickname, relay.fingerprint);
  const client = await TestClient.overTcp(relay.ports.tcp);
  const claimed = await client.claim(account, relay.ownerToken);
  if (claimed.kind !== 'done') throw new Error(`claim: ${describe(claimed)}`);
  return { client, account, inbox: await client.enter(account) };
}

/** Another account, invited by one that may invite; the client is logged in. */
export async function enterInvited(
  relay: TestRelay,
  inviter: TestClient,
  nickname: string,
): Promise<{ client: TestClient; account: TestAccount; inbox: LogId }> {
  const { token } = await inviter.expect('inviteCreated', {
    ...{ kind: 'createInvite', uses: 1, ttlMs: 60_000, grantsInvites: false },
  });
  const account = new TestAccount(nickname, relay.fingerprint);
  const client = await TestClient.overTcp(relay.ports.tcp);
  const claimed = await client.claim(account, token);
  if (claimed.kind !== 'done') throw new Error(`claim: ${describe(claimed)}`);
  return { client, account, inbox: await client.enter(account) };
}

/** What stands in an envelope does not matter to the relay. */
export function makeEnvelope(text: string): Uint8Array {
  return concatBytes([Buffer.from(text)]);
}

export function errorName(frame: Frame): WireErrorName | null {
  return frame.kind === 'error' ? nameWireError(frame.code) : null;
}

function describe(frame: Frame): string {
  return errorName(frame) ?? frame.kind;
}

function exportBinding(socket: TLSSocket): Uint8Array {
  return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
}

function makeKeyPair(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { publicKey: publicKey.export({ type: 'spki', format: 'der' }).subarray(-32), privateKey };
}
