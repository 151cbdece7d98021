// A second device, with real relay and real commands: both receive everything from then on; an offer alone links nothing; a relay that
// stands in between is noticed; whatever stops it on the way leaves both sides as they were. THREATS 35.
import { join } from 'node:path';
import { agreeAsOldDevice, makeLinkingKey, systemRandom } from '@sirdas/crypto';
import { parseLinkingOffer } from '@sirdas/protocol';
import { describe, expect, test, vi } from 'vitest';
import { makeAccount, startSirdas } from './chat-terminal.testkit.ts';
import { startProcess } from './child-process.testkit.ts';
import { demandSirdas, expectRefusal, runSirdas } from './command.testkit.ts';
import { type FrameProxy, startFrameProxy } from './frame-proxy.testkit.ts';
import { sendAndWait } from './hostile-relay.testkit.ts';
import { linkDevice, outcomeOf, startLinking } from './linking.testkit.ts';
import { joinPerson, type Person, readConversation, textOf, waitUntil } from './person.testkit.ts';
import { SIRDAS, startRelay } from './relay-process.testkit.ts';
import { makeTemporaryFolder } from './temporary-folder.testkit.ts';
import { KEYS } from './terminal.testkit.ts';

vi.setConfig({ testTimeout: 240_000 });

/** Of both devices together, for an account with little in it; one more would find nothing to cut. */
const MESSAGES = 9;

const textsOf = async (person: Person, other: string) =>
  (await readConversation(person.sirdas, other)).map(textOf);

async function waitForTexts(person: Person, other: string, texts: readonly string[]): Promise<void> {
  const wanted = [...texts].sort();
  await vi.waitFor(
    async () => {
      const shown = (await textsOf(person, other)).filter((text) => !text.startsWith('('));
      expect(shown.sort()).toEqual(wanted);
    },
    { timeout: 120_000, interval: 50 },
  );
}

describe('a linked device', () => {
  test('and the one before both get everything from then on, from both sides, and the new one what was said before', async () => {
    const relay = await startRelay();
    const link = await relay.inviteLink();
    const [ayse, burak] = [await joinPerson(link, 'ayşe'), await joinPerson(link, 'burak')];
    await sendAndWait(ayse, 'burak', 'eski');
    await waitForTexts(burak, 'ayşe', ['eski']);
    const phone = await linkDevice(ayse, link);
    expect(await textsOf(phone, 'burak')).toContain('eski');
    expect(ayse.sirdas.devices.list().map(({ name, isThis }) => [name, isThis])).toEqual([
      ['test', true],
      ['phone', false],
    ]);
    await sendAndWait(burak, 'ayşe', 'ikinize');
    await sendAndWait(ayse, 'burak', 'laptoptan');
    await sendAndWait(phone, 'burak', 'telefondan');
    const all = ['eski', 'ikinize', 'laptoptan', 'telefondan'];
    for (const person of [ayse, phone]) await waitForTexts(person, 'burak', all);
    await waitForTexts(burak, 'ayşe', all);
  });
});

describe('the commands', () => {
  test('link two folders with no more than the address, and only with the number of the other device', async () => {
    const relay = await startRelay();
    const ayse = await makeAccount(await relay.inviteLink(), 'ayşe');
    const folder = join(await makeTemporaryFolder(), 'phone');
    const start = (args: readonly string[]) =>
      startProcess('node', [SIRDAS, '--lang', 'en', ...args], { input: { open: true } });
    const linking = async (codeFor: (code: string) => string) => {
      const phone = start([
        ...['--home', folder, 'link-device', `127.0.0.1:${relay.port}`, '--device-name', 'phone'],
        ...['--no-passphrase', '--confirm-code', '--json'],
      ]);
      const { offer } = JSON.parse(await phone.stdout.waitFor(/linking-offer/));
      const laptop = start(['--home', ayse, 'devices', 'approve', offer, '--confirm-code', '--json']);
      const codes = await Promise.all(
        [phone, laptop].map(async ({ stdout }) => JSON.parse(await stdout.waitFor(/linking-code/)).code),
      );
      expect(codes[0]).toMatch(/^\d{7}$/);
      expect(codes[1]).toBe(codes[0]);
      phone.writeLine(codes[1]);
      laptop.writeLine(codeFor(codes[0]));
      return { phone: await phone.exit, laptop: await laptop.exit, told: phone.stdout };
    };
    const refused = await linking((code) => (code === '0000000' ? '0000001' : '0000000'));
    expect(refused).toMatchObject({ phone: { status: 7 }, laptop: { status: 7 } });
    const done = await linking((code) => code);
    expect(done).toMatchObject({ phone: { status: 0 }, laptop: { status: 0 } });
    expect(JSON.parse(await done.told.waitFor(/"linked"/))).toMatchObject({
      nickname: 'ayşe',
      deviceName: 'phone',
    });
    const listed = await demandSirdas(['--home', folder, 'devices', '--json']);
    const devices = listed.split('\n').map((line) => JSON.parse(line));
    expect(devices).toMatchObject([
      { type: 'device', name: 'test', isThis: false },
      { type: 'device', name: 'phone', isThis: true },
    ]);
    await demandSirdas(['--home', folder, 'devices', 'rename', 'cep']);
    await expectRefusal(['--home', folder, 'devices', 'rename', '\u001b'], { code: 'BAD_NAME', status: 2 });
    await expectRefusal(['--home', folder, 'devices', 'revoke', 'cep'], { code: 'THIS_DEVICE', status: 2 });
    await expectRefusal(['--home', folder, 'devices', 'revoke', 'x'], { code: 'UNKNOWN_DEVICE', status: 2 });
    await demandSirdas(['--home', folder, 'devices', 'revoke', 'test']);
    await expectRefusal(['--home', ayse, 'names'], { code: 'DEVICE_REVOKED', status: 3 });
    expect((await demandSirdas(['--home', folder, 'devices', 'list', '--json'])).split('\n')).toHaveLength(1);
  });

  test('an offer alone links nothing: without a terminal and without the number it is refused before anything is sent', async () => {
    const relay = await startRelay();
    const link = await relay.inviteLink();
    const ayse = await joinPerson(link, 'ayşe');
    const { offer, linked, phone } = await startLinking(ayse, link, {
      old: { confirm: () => new Promise(() => {}) },
    });
    const burak = await makeAccount(link, 'burak');
    const { status, stderr } = await runSirdas(['--home', burak, 'devices', 'approve', offer]);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('--confirm-code') });
    const wrong = await runSirdas([
      '--home',
      burak,
      'devices',
      'approve',
      'https://x/l#AAAA',
      '--confirm-code',
    ]);
    expect(wrong.status).toBe(2);
    await phone.sirdas.close();
    expect(await outcomeOf(linked)).toBe('CLOSED');
    expect((await relay.lookUp('burak')).record.devices).toHaveLength(1);
    expect((await relay.lookUp('ayşe')).record.devices).toHaveLength(1);
  });

  test('at a terminal both persons are asked, and the old device asks for its passphrase once more', async () => {
    const relay = await startRelay();
    const [home, folder] = [join(await makeTemporaryFolder(), 'a'), join(await makeTemporaryFolder(), 'b')];
    const secret = { SIRDAS_PASSPHRASE: 'doğru parola' };
    const link = await relay.inviteLink();
    await demandSirdas(['--home', home, 'join', link, '--name', 'ayşe'], { env: secret });
    const attempt = async (typed: string) => {
      const phone = startSirdas(
        [
          '--home',
          folder,
          '--lang',
          'en',
          'link-device',
          `127.0.0.1:${relay.port}`,
          '--no-passphrase',
          '--no-qr',
        ],
        { columns: 300 },
      );
      await phone.waitFor(/\/l#[\w-]{100,}/);
      const offer = /https:\S+\/l#[\w-]+/.exec(phone.text)?.[0] ?? '';
      const laptop = startSirdas(['--home', home, '--lang', 'en', 'devices', 'approve', offer], {
        columns: 300,
        environment: secret,
      });
      await Promise.all([phone, laptop].map((terminal) => terminal.waitFor(/number\? \[y\/N\]/)));
      const [shown] = /\d{3} \d{4}/.exec(phone.text) ?? [];
      expect(laptop.text).toContain(shown);
      phone.type(`y${KEYS.enter}`);
      laptop.type(`y${KEYS.enter}`);
      await laptop.waitFor(/once more/);
      laptop.type(`${typed}${KEYS.enter}`);
      return [(await phone.exit).exitCode, (await laptop.exit).exitCode];
    };
    expect(await attempt('yanlış')).toEqual([4, 3]);
    expect((await relay.lookUp('ayşe')).record.devices).toHaveLength(1);
    expect(await attempt('doğru parola')).toEqual([0, 0]);
    expect((await relay.lookUp('ayşe')).record.devices).toHaveLength(2);
  });
});

describe('a relay that stands in between', () => {
  /** A person behind a proxy, and the link of that proxy for the phone. */
  async function startBehindProxy(): Promise<{
    ayse: Person;
    proxy: FrameProxy;
    link: string;
    devices: () => Promise<number>;
  }> {
    const relay = await startRelay({ plaintext: true });
    const proxy = await startFrameProxy(relay.address);
    const link = await relay.inviteLink(proxy.port);
    const ayse = await joinPerson(link, 'ayşe');
    const devices = async () => (await relay.lookUp('ayşe')).record.devices.length;
    return { ayse, proxy, link, devices };
  }

  test('CRY-065 and puts its own key in the place of the one of the new device is noticed by the old one', async () => {
    const { ayse, proxy, link, devices } = await startBehindProxy();
    const { publicKey } = await makeLinkingKey(systemRandom);
    proxy.toRelay = (frame) =>
      frame.kind === 'linkingMessage' && frame.payload.length === publicKey.length
        ? [{ ...frame, payload: publicKey }]
        : [frame];
    const { linked, approved, phone } = await startLinking(ayse, link);
    expect(await outcomeOf(approved)).toBe('LINKING_TAMPERED');
    expect(await outcomeOf(linked)).toBe('LINKING_ENDED');
    expect(phone.sirdas.account).toBeNull();
    expect(await devices()).toBe(1);
  });

  test('and speaks to the new device as if it were the old one shows other digits', async () => {
    const { ayse, proxy, link, devices } = await startBehindProxy();
    const toPhone: Uint8Array[] = [];
    let deliver: (payload: Uint8Array) => void = (payload) => toPhone.push(payload);
    const impostor = Promise.withResolvers<string>();
    const shown: string[] = [];
    // What the phone says goes to the impostor, what the laptop says as well: nothing passes through.
    proxy.toRelay = (frame, proxied) => {
      if (frame.kind !== 'linkingMessage') return [frame];
      proxied.sendToClient({ kind: 'done', request: frame.request });
      deliver(Uint8Array.from(frame.payload));
      return [];
    };
    const { linked, approved, phone, offer } = await startLinking(ayse, link, {
      new: { confirm: async (digits) => shown.push(digits) < 0 },
      old: { confirm: () => new Promise(() => {}) },
    });
    const parsed = parseLinkingOffer(offer);
    const queue: ((payload: Uint8Array) => void)[] = [];
    // The first that speaks is the laptop; the impostor throws that away and speaks itself.
    await waitUntil(() => toPhone.length === 1, 'the laptop has spoken');
    const heard: Uint8Array[] = [];
    deliver = (payload) => {
      const waiting = queue.shift();
      if (waiting) waiting(payload);
      else heard.push(payload);
    };
    const port = {
      send: async (payload: Uint8Array) => {
        // The phone's connection is the younger one.
        const proxied = [...proxy.links].at(-1);
        proxied?.sendToClient({ kind: 'linkingMessage', request: 0, channel: parsed.channel, payload });
      },
      receive: () =>
        new Promise<Uint8Array>((resolve) => {
          const [payload] = heard.splice(0, 1);
          if (payload) resolve(payload);
          else queue.push(resolve);
        }),
    };
    agreeAsOldDevice(parsed, port, systemRandom).then(
      ({ digits }) => impostor.resolve(digits),
      impostor.reject,
    );
    const digits = await impostor.promise;
    expect(await outcomeOf(linked)).toBe('LINKING_REFUSED');
    // The impostor knows what the phone shows, and cannot make the laptop show it: that one was never asked.
    expect(shown).toEqual([digits]);
    expect(await outcomeOf(approved)).not.toBe('done');
    expect(phone.sirdas.account).toBeNull();
    expect(await devices()).toBe(1);
  });

  test('and cuts the connection at any message leaves both sides as they were, and it can be done again', async () => {
    const { ayse, proxy, link, devices } = await startBehindProxy();
    // Four messages of the exchange before both are asked, then what is handed over, then the last word.
    for (let cutAt = 0; cutAt < MESSAGES; cutAt++) {
      let count = 0;
      proxy.toRelay = (frame, proxied) => {
        if (frame.kind !== 'linkingMessage' || count++ !== cutAt) return [frame];
        proxied.cut();
        return [];
      };
      const { linked, approved, phone } = await startLinking(ayse, link);
      const outcomes = await Promise.all([linked, approved].map(outcomeOf));
      proxy.toRelay = (frame) => [frame];
      if (outcomes[0] === 'done') {
        // The last word of the phone was lost: it is linked, and the laptop was told to look.
        expect(outcomes[1]).toBe('LINKING_ENDED');
        await phone.sirdas.connect();
      } else {
        expect(outcomes, `cut at ${cutAt}`).not.toContain('done');
        expect(phone.sirdas.account).toBeNull();
      }
      expect(count).toBeGreaterThan(cutAt);
      ayse.sirdas.retryNow();
      await ayse.sirdas.connect();
      for (const { id, isThis } of ayse.sirdas.devices.list())
        if (!isThis) await ayse.sirdas.devices.revoke(id);
      expect(await devices()).toBe(1);
    }
    await linkDevice(ayse, link);
    expect(await devices()).toBe(2);
  });
});
