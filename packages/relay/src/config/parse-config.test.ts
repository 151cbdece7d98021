import { describe, expect, test } from 'vitest';
import { RelayError } from '../errors.ts';
import { RELAY_OPTIONS } from './options.ts';
import { makeRelayConfig, parseRelayConfig } from './parse-config.ts';

const noFile = () => {
  throw new Error('no file expected');
};
const parse = (argv: string[], env: Record<string, string> = {}, file = '') =>
  parseRelayConfig(argv, env, file === '' ? noFile : () => file);

/** The sentence that a person reads. */
function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof RelayError && error.code === 'BAD_CONFIG') return error.message;
    throw error;
  }
  return 'accepted';
}

describe('where a value comes from', () => {
  test('a flag wins over the environment, that over the file, that over the default', () => {
    const env = {
      SIRDAS_RELAY_CONFIG: 'relay.json',
      SIRDAS_RELAY_TCP_PORT: '7001',
      SIRDAS_RELAY_WEB_PORT: '7002',
    };
    const file = '{"tcp-port": 8001, "web-port": 8002, "web-tls-port": 8003}';
    const config = parse(['--tcp-port', '9001'], env, file);
    const { tcpPort, webPort, webTlsPort, metricsPort } = config;
    expect({ tcpPort, webPort, webTlsPort, metricsPort }).toEqual({
      ...{ tcpPort: 9001, webPort: 7002, webTlsPort: 8003, metricsPort: 6081 },
    });
  });

  test('--config names the file', () => {
    const config = parseRelayConfig(
      ['--config=/etc/relay.json'],
      {},
      (path) => `{"public-host": "${path.slice(5)}"}`,
    );
    expect(config.publicHost).toBe('relay.json');
  });

  test('a file may hold numbers, switches and lists', () => {
    const file =
      '{"plaintext": true, "max-connections": 5, "origins": ["https://a.example", "https://b.example"]}';
    const config = parse(['--config', 'x'], {}, file);
    expect(config.plaintext).toBe(true);
    expect(config.maxConnections).toBe(5);
    expect(config.origins).toEqual(['https://a.example', 'https://b.example']);
  });

  test('the data folder is under XDG_DATA_HOME, else under the home folder', () => {
    expect(parse([], { HOME: '/home/a' }).data).toBe('/home/a/.local/share/sirdas-relay');
    expect(parse([], { HOME: '/home/a', XDG_DATA_HOME: '/data' }).data).toBe('/data/sirdas-relay');
    expect(parse(['--data=/srv/relay'], { HOME: '/home/a' }).data).toBe('/srv/relay');
  });

  test('other variables of the environment are none of its business', () => {
    expect(parse([], { SIRDAS_HOME: '/x', PATH: '/bin' }).tcpPort).toBe(6000);
  });
});

describe('values', () => {
  test('have units', () => {
    const config = parse(['--retention', '7d', '--max-mailbox-bytes=1.5MiB', '--ping-interval', '500ms']);
    expect(config.retention).toBe(7 * 86_400_000);
    expect(config.maxMailboxBytes).toBe(1_572_864);
    expect(config.pingInterval).toBe(500);
  });

  test('rates are a burst and so many per time, or off', () => {
    const config = parse([
      '--send-rate',
      '10,2/s',
      '--send-bytes=1MiB,10kB/s',
      '--connect-rate',
      '5,1/5m',
      '--read-rate=off',
    ]);
    expect(config.sendRate).toEqual({ burst: 10, perSecond: 2 });
    expect(config.sendBytes).toEqual({ burst: 1_048_576, perSecond: 10_000 });
    expect(config.connectRate.perSecond).toBeCloseTo(1 / 300, 10);
    expect(config.readRate.burst).toBe(Number.POSITIVE_INFINITY);
  });

  test('switches stand alone or say true or false; --open alone asks for 20 bits', () => {
    expect(parse(['--plaintext', '--open']).open).toBe(20);
    expect(parse(['--plaintext']).plaintext).toBe(true);
    expect(parse(['--plaintext=false']).plaintext).toBe(false);
    expect(parse(['--open=16', '--behind-proxy']).open).toBe(16);
    expect(parse([]).open).toBe(0);
  });

  test('a listener can be off', () => {
    expect(parse(['--web-tls-port', 'off', '--metrics-port=off'])).toMatchObject({
      webTlsPort: null,
      metricsPort: null,
    });
  });

  test('every default is allowed', () => {
    for (const { flag, standard, argument } of RELAY_OPTIONS) {
      if (argument === '' || standard === '') continue;
      expect(() => parse([`${flag}=${standard}`, '--plaintext'])).not.toThrow();
    }
  });
});

describe('what is wrong is said with the option, the value and what is allowed', () => {
  test.each<[string[], string]>([
    [
      ['--tcp-port', '70000'],
      '--tcp-port: "70000" is not allowed for tcp-port. Write a whole number from 0 to 65535.',
    ],
    [['--retention=soon'], 'Write a time such as 500ms, 10s, 5m, 2h or 30d, from 1s to 3650d.'],
    [['--send-rate', '60'], 'Write off, or a burst and a rate such as 60,2/s or 1MiB,10kB/s or 5,1/5m.'],
    [['--send-rate', '0,2/s'], 'is not allowed for send-rate'],
    [['--max-envelope', '1GiB'], 'from 1024 to 98304 bytes'],
    [['--log-level', 'loud'], 'one of silent, error, warn, info, debug'],
    [['--origins', 'https://a.example/path'], 'an origin such as https://chat.example.org'],
    [['--public-host', 'not a host'], 'a host name or an IP address without brackets'],
    [['--plaintext=maybe'], 'true or false'],
    [['--open=40'], 'a whole number from 0 to 32'],
    [['--prot', '5'], '"--prot" is no option of the relay; see --help.'],
    [['6000'], '"6000" is no option of the relay; see --help.'],
    [['--data'], '--data needs a value behind it.'],
    [['--ping-interval', '200s'], 'ping-timeout must be longer than ping-interval, which is 200s.'],
    [['--web-host', '0.0.0.0'], 'that listener has no TLS. Say --plaintext as well'],
    [['--tcp-port=off', '--web-port=off', '--web-tls-port=off'], 'nobody could reach this relay'],
  ])('%j', (argv, sentence) => {
    expect(refusal(() => parse(argv))).toContain(sentence);
  });

  test('in the environment', () => {
    expect(refusal(() => parse([], { SIRDAS_RELAY_TCP_PORT: 'x' }))).toContain('SIRDAS_RELAY_TCP_PORT: "x"');
    expect(refusal(() => parse([], { SIRDAS_RELAY_PROT: '1' }))).toContain('SIRDAS_RELAY_PROT is no option');
  });

  test.each([
    ['{"tcp-port": 70000}', 'relay.json: "70000" is not allowed for tcp-port'],
    ['{"tcp_port": 6000}', 'relay.json: "tcp_port" is no option'],
    ['{"tcp-port": {}}', 'relay.json: tcp-port must be a text, a number, true or false'],
    ['[]', 'relay.json must hold one JSON object'],
    ['{', 'relay.json cannot be read as JSON'],
  ])('in the file: %s', (file, sentence) => {
    expect(refusal(() => parse(['--config', 'relay.json'], {}, file))).toContain(sentence);
  });

  test('a file that is not there', () => {
    expect(refusal(() => parse(['--config', 'relay.json']))).toContain('relay.json cannot be read');
  });

  test('also in a program', () => {
    expect(refusal(() => makeRelayConfig({ data: 'x', pingTimeout: 5 }))).toContain(
      'ping-timeout must be longer',
    );
  });
});
