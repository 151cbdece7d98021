// The sounds of sırdaş, synthesised: two short notes, rising for what arrives and falling for what leaves, as WAV.
// No files are shipped; sound-player.ts plays them.

export type Sound = 'received' | 'sent';

const SAMPLE_RATE = 22_050;
const NOTE_SECONDS = 0.07;
const VOLUME = 0.25;
const HEADER_BYTES = 44;
/** Hertz. */
const NOTES: Readonly<Record<Sound, readonly number[]>> = {
  received: [659.26, 987.77],
  sent: [783.99, 523.25],
};

/** A WAV file: 16 bit, mono. */
export function synthesiseSound(sound: Sound): Uint8Array {
  const samples = NOTES[sound].flatMap(makeNote);
  const file = new DataView(new ArrayBuffer(HEADER_BYTES + 2 * samples.length));
  writeHeader(file, 2 * samples.length);
  samples.forEach((sample, index) => {
    file.setInt16(HEADER_BYTES + 2 * index, Math.round(sample * 32_767), true);
  });
  return new Uint8Array(file.buffer);
}

/** A sine that fades in fast and out slowly, so that it does not click. */
function makeNote(frequency: number): number[] {
  return Array.from({ length: Math.round(SAMPLE_RATE * NOTE_SECONDS) }, (_, index) => {
    const seconds = index / SAMPLE_RATE;
    const envelope =
      Math.min(1, seconds / 0.005) * Math.exp(-seconds / 0.04) * Math.min(1, (NOTE_SECONDS - seconds) / 0.01);
    return VOLUME * envelope * Math.sin(2 * Math.PI * frequency * seconds);
  });
}

/** RIFF WAVE, PCM. */
function writeHeader(file: DataView, dataBytes: number): void {
  const writeText = (offset: number, text: string) =>
    [...text].forEach((letter, index) => {
      file.setUint8(offset + index, letter.charCodeAt(0));
    });
  writeText(0, 'RIFF');
  file.setUint32(4, HEADER_BYTES - 8 + dataBytes, true);
  writeText(8, 'WAVEfmt ');
  file.setUint32(16, 16, true);
  file.setUint16(20, 1, true);
  file.setUint16(22, 1, true);
  file.setUint32(24, SAMPLE_RATE, true);
  file.setUint32(28, 2 * SAMPLE_RATE, true);
  file.setUint16(32, 2, true);
  file.setUint16(34, 16, true);
  writeText(36, 'data');
  file.setUint32(40, dataBytes, true);
}
