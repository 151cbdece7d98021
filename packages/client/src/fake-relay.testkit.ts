// A relay in memory that speaks real frames through a fake Transport, for tests in Node and in Chromium. Honest by itself;
// a test makes it lie by rewriting what it sends, by answering in its place, or by pushing frames and bytes of its own.
import { computeRelayFingerprint, type SignedRecord, systemRandom } from '@sirdas/crypto';
import {
  decodeAccountRecord,
  decodeFrame,
  encodeFrame,
  equalBytes,
  type Frame,
  type FrameBody,
  formatInviteLink,
  fromId,
  LIMITS,
  type LogId,
  type LoginTranscript,
  type Nickname,
  recordHashInput,
  relayProofInput,
  toDeviceId,
  toHex,
  toLogId,
} from '@sirdas/protocol';
import type { Clock } from './clock.ts';
import { SirdasError } from './errors.ts';
import { FakeKeyPackages } from './fake-key-packages.testkit.ts';
import { error, type FakeEntry, type FakeLog, FakeLogs } from './fake-logs.testkit.ts';
import { colourOf, copyRecord } from './fake-records.testkit.ts';
import type { Channel, ChannelHandlers, Transport } from './transport/transport.ts';

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;

export interface FakeAccount {
  readonly nickname: Nickname;
  records: SignedRecord[];
  readonly inbox: Uint8Array;
}

type Answer = FrameBody | null;

/** What a test may replace. Null: do as an honest relay does. */
export interface Mischief {
  /** Another answer to a request, `'silence'`, or null. */
  answer?: (request: Frame, connection: FakeConnection) => FrameBody | 'silence' | null;
  /** Changes what leaves; null keeps it back. */
  rewrite?: (frame: Frame, connection: FakeConnection) => Frame | null;
  /** Seen before connecting; throw to be unreachable. */
  connect?: () => void;
}

export class FakeRelay {
  readonly fingerprint: Uint8Array;
  readonly relayKey: Uint8Array;
  readonly clock: Clock;
  readonly accounts = new Map<string, FakeAccount>();
  readonly connections: FakeConnection[] = [];
  readonly keyPackages = new FakeKeyPackages();
  mischief: Mischief = {};
  /** What its Hello claims. */
  readonly hello = { minVersion: 1, maxVersion: 1, proofOfWorkBits: 0, clockSkewMs: 0 };
  /** TLS exporter values as the client's end and as the relay's end of the channel have them. */
  readonly binding = { atClient: new Uint8Array(), atRelay: new Uint8Array() };
  readonly #logs = new FakeLogs(
    () => this.clock.nowMs(),
    (id, entry, log) => this.#deliver(id, entry, log),
  );
  readonly #privateKey: CryptoKey;

  private constructor(keys: CryptoKeyPair, relayKey: Uint8Array, clock: Clock) {
    this.#privateKey = keys.privateKey;
    this.relayKey = relayKey;
    this.fingerprint = computeRelayFingerprint(relayKey);
    this.clock = clock;
  }

  static async start(clock: Clock): Promise<FakeRelay> {
    const keys = await crypto.subtle.generateKey(P256, true, ['sign', 'verify']);
    const spki = new Uint8Array(await crypto.subtle.exportKey('spki', keys.publicKey));
    return new FakeRelay(keys, spki, clock);
  }

  readonly transport: Transport = {
    connect: async (_address, handlers, signal) => {
      signal.throwIfAborted();
      this.mischief.connect?.();
      const connection = new FakeConnection(this, handlers);
      this.connections.push(connection);
      connection.greet();
      return connection.channel;
    },
  };

  get address() {
    return { host: 'relay.test', port: 6000, fingerprint: this.fingerprint, plaintext: false };
  }

  inviteLink(token = new Uint8Array(16).fill(1)): string {
    return formatInviteLink('https://relay.test:6443', {
      host: 'relay.test',
      tcpPort: 6000,
      relayFingerprint: this.fingerprint,
      token,
      plaintext: false,
    });
  }

  /** The connection that is open now. */
  connectionOf(nickname: string): FakeConnection {
    const found = this.connections.findLast(
      (connection) => connection.nickname === nickname && connection.isOpen,
    );
    if (!found) throw new Error(`${nickname} is not connected`);
    return found;
  }

  needAccount(nickname: string): FakeAccount {
    const account = this.accounts.get(nickname);
    if (!account) throw new Error(`nobody is called ${nickname}`);
    return account;
  }

  inboxOf(nickname: string): FakeLog {
    return this.logOf(toLogId(this.needAccount(nickname).inbox));
  }

  logOf(id: LogId): FakeLog {
    return this.#logs.get(id);
  }

  /** Puts an envelope into somebody's inbox, as a relay can at any time. */
  append(nickname: string, envelope: Uint8Array): number {
    return this.appendTo(toLogId(this.needAccount(nickname).inbox), envelope);
  }

  /** The same for any log. */
  appendTo(id: LogId, envelope: Uint8Array, commit = false): number {
    return this.#logs.append(id, envelope, commit);
  }

  dropAll(): void {
    for (const connection of this.connections) connection.drop();
  }

  async proveTo(transcript: LoginTranscript): Promise<Uint8Array> {
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
    return new Uint8Array(await crypto.subtle.sign(algorithm, this.#privateKey, relayProofInput(transcript)));
  }

  /** An honest answer to a request; null where there is none. */
  async answer(frame: Frame, connection: FakeConnection): Promise<Answer> {
    switch (frame.kind) {
      case 'claim':
        return this.#claim(frame);
      case 'login':
        return this.#logIn(frame, connection);
      case 'append':
        return this.#logs.accept(frame, connection.device);
      case 'createLog':
        return this.#logs.create(frame, connection.device);
      case 'commit':
        return this.#logs.commit(frame, connection.device);
      case 'publishKeyPackages':
        return this.keyPackages.publish(frame, connection.device);
      case 'claimKeyPackages':
        return this.keyPackages.claim(frame, this.#listDevices(frame.nickname));
      case 'read':
        return this.#read(frame, connection);
      case 'ack':
        this.logOf(toLogId(frame.log)).acks.push(frame.seq);
        this.logOf(toLogId(frame.log)).cursors.set(connection.device, frame.seq);
        return null;
      case 'signal':
        this.#signal(frame, connection);
        return null;
      case 'lookUp':
        return this.#lookUp(frame);
      case 'publishRecord':
        return this.#publish(frame, connection);
      case 'watchPresence':
        connection.isWatching = true;
        return { kind: 'presenceList', online: this.#listOnline() };
      case 'ping':
        return { kind: 'pong' };
      case 'createInvite':
        return { kind: 'inviteCreated', token: systemRandom(16), id: systemRandom(8) };
      case 'listInvites':
        return { kind: 'inviteList', invites: [] };
      default:
        return { kind: 'done' };
    }
  }

  tellPresence(connection: FakeConnection, online: boolean): void {
    const { nickname } = connection;
    const account = this.accounts.get(nickname ?? '');
    if (nickname === null || !account) return;
    const presence = { nickname, recordIndex: Math.max(0, account.records.length - 1) };
    for (const other of this.connections) {
      if (other.isWatching && other.isOpen) other.push({ kind: 'presenceChange', presence, online });
    }
  }

  #claim({ record }: Frame<'claim'>): Answer {
    if (!record) return error('BAD_FRAME');
    const { nickname } = decodeAccountRecord(record.record);
    const known = this.accounts.get(nickname)?.records[0];
    if (known && !equalBytes(known.record, record.record)) return error('NICKNAME_TAKEN');
    if (!known)
      this.accounts.set(nickname, { nickname, records: [copyRecord(record)], inbox: systemRandom(16) });
    return { kind: 'done' };
  }

  async #logIn(frame: Frame<'login'>, connection: FakeConnection): Promise<Answer> {
    const account = this.accounts.get(frame.nickname);
    const head = account?.records.at(-1);
    if (!account || !head) return error('LOGIN_FAILED');
    const record = decodeAccountRecord(head.record);
    if (!record.devices.some((device) => equalBytes(device.id, frame.device))) return error('LOGIN_FAILED');
    connection.nickname = account.nickname;
    connection.device = toHex(frame.device);
    const relaySignature = await this.proveTo({
      relayKey: this.relayKey,
      relayNonce: connection.nonce,
      version: frame.version,
      nickname: account.nickname,
      device: toDeviceId(frame.device),
      clientNonce: frame.nonce,
      channelBinding: this.binding.atRelay,
      visible: frame.visible,
    });
    this.tellPresence(connection, true);
    const recordHash = new Uint8Array(await crypto.subtle.digest('SHA-256', recordHashInput(head.record)));
    return {
      kind: 'loggedIn',
      relaySignature,
      inbox: account.inbox,
      recordIndex: record.index,
      recordHash,
      mayInvite: true,
    };
  }

  #read(frame: Frame<'read'>, connection: FakeConnection): Answer {
    const { reading, waiting } = this.#logs.read(frame, connection.device);
    const id = toLogId(frame.log);
    if (reading.kind === 'reading') connection.reads.add(id);
    connection.afterAnswer = () => {
      if (waiting.length > 0) connection.deliver(id, waiting);
    };
    return reading;
  }

  #deliver(id: LogId, entry: FakeEntry, { readers }: FakeLog): void {
    for (const connection of this.connections) {
      const mayRead = readers?.has(connection.device) ?? true;
      if (connection.reads.has(id) && connection.isOpen && mayRead) connection.deliver(id, [entry]);
    }
  }

  #listDevices(nickname: string): Uint8Array[] {
    const newest = this.accounts.get(nickname)?.records.at(-1);
    return newest ? decodeAccountRecord(newest.record).devices.map(({ id }) => id) : [];
  }

  #signal({ log, payload }: Frame<'signal'>, from: FakeConnection): void {
    for (const connection of this.connections) {
      const hears = connection !== from && connection.isOpen && connection.reads.has(toLogId(log));
      if (hears) connection.push({ kind: 'signal', log, payload: Uint8Array.from(payload) });
    }
  }

  #lookUp({ nickname, fromIndex }: Frame<'lookUp'>): Answer {
    const account = this.accounts.get(nickname);
    if (!account) return error('UNKNOWN_ACCOUNT');
    const records = account.records.slice(fromIndex, fromIndex + LIMITS.MAX_LOOK_UP_RECORDS);
    const entries = records.map((record, i) => ({ directoryIndex: fromIndex + i, record }));
    return {
      kind: 'account',
      nickname,
      inbox: account.inbox,
      entries,
      headIndex: Math.max(0, account.records.length - 1),
    };
  }

  #publish({ record }: Frame<'publishRecord'>, connection: FakeConnection): Answer {
    const account = this.needAccount(connection.nickname ?? '');
    if (!record) return error('BAD_FRAME');
    if (decodeAccountRecord(record.record).index !== account.records.length) return error('RECORD_STALE');
    account.records = [...account.records, copyRecord(record)];
    return { kind: 'done' };
  }

  #listOnline() {
    const online = this.connections.filter((connection) => connection.isOpen && connection.nickname !== null);
    const names = new Set(online.map((connection) => connection.nickname ?? ''));
    return [...names].map((nickname) => {
      const records = this.needAccount(nickname).records;
      return { nickname, recordIndex: Math.max(0, records.length - 1), ...colourOf(records.at(-1)) };
    });
  }
}

/** One client's connection, seen from the relay. */
export class FakeConnection {
  readonly nonce = systemRandom(32);
  readonly received: Frame[] = [];
  readonly channel: Channel;
  nickname: Nickname | null = null;
  device = '';
  isOpen = true;
  isWatching = false;
  /** Nothing comes through any more, and nobody says so. */
  isDeaf = false;
  /** The client has asked to wait. */
  isPaused = false;
  readonly reads = new Set<LogId>();
  afterAnswer: (() => void) | null = null;
  readonly #relay: FakeRelay;
  readonly #handlers: ChannelHandlers;
  #last: Promise<unknown> = Promise.resolve();

  constructor(relay: FakeRelay, handlers: ChannelHandlers) {
    this.#relay = relay;
    this.#handlers = handlers;
    this.channel = {
      channelBinding: relay.binding.atClient,
      send: (bytes) => this.#receive(Uint8Array.from(bytes)),
      setReading: (isOn) => {
        this.isPaused = !isOn;
      },
      close: () => this.drop(null),
    };
  }

  greet(): void {
    const { relayKey, hello, clock } = this.#relay;
    const { minVersion, maxVersion, proofOfWorkBits, clockSkewMs } = hello;
    const timeMs = clock.nowMs() + clockSkewMs;
    const limits = {
      maxFrameBytes: 1_048_576,
      maxEnvelopeBytes: 98_304,
      pingIntervalMs: 60_000,
      maxDevices: 6,
    };
    const versions = { minVersion, maxVersion };
    this.push({ kind: 'hello', ...versions, relayKey, nonce: this.nonce, timeMs, proofOfWorkBits, limits });
  }

  /** An event, or with `request` a response. */
  push(body: FrameBody, request = 0): void {
    const frame = { ...body, request } as Frame;
    const rewrite = this.#relay.mischief.rewrite;
    const changed = rewrite ? rewrite(frame, this) : frame;
    if (changed) this.pushBytes(encodeFrame(changed));
  }

  pushBytes(bytes: Uint8Array): void {
    queueMicrotask(() => {
      if (this.isOpen) this.#handlers.onFrame(bytes);
    });
  }

  deliver(log: LogId, entries: readonly FakeEntry[]): void {
    this.push({ kind: 'deliver', log: fromId(log), entries });
  }

  /** The connection breaks. */
  drop(cause: unknown = new SirdasError('UNREACHABLE', 'the test pulled the plug')): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#relay.tellPresence(this, false);
    queueMicrotask(() => this.#handlers.onClose(cause));
  }

  /** Everything that was sent so far has been answered. */
  async settle(): Promise<void> {
    await this.#last;
    await Promise.resolve();
  }

  #receive(bytes: Uint8Array): void {
    if (!this.isOpen || this.isDeaf) return;
    const frame = decodeFrame(bytes);
    this.received.push(frame);
    this.#last = this.#last.then(() => this.#respond(frame));
  }

  async #respond(frame: Frame): Promise<void> {
    const replaced = this.#relay.mischief.answer?.(frame, this) ?? null;
    if (replaced === 'silence') return;
    const answer = replaced ?? (await this.#relay.answer(frame, this));
    if (answer) this.push(answer, frame.request);
    this.afterAnswer?.();
    this.afterAnswer = null;
  }
}
