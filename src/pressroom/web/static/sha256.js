// SHA-256 of a file piece by piece: the browser's own needs the whole file in memory, and clips are large.
// Source: FIPS 180-4.
const PIECE_BYTES = 4 << 20;
const WORD = 2 ** 32;
const PRIMES = [];
for (let number = 2; PRIMES.length < 64; number += 1) {
  if (PRIMES.every((prime) => number % prime)) PRIMES.push(number);
}
const fraction = (number) => ((number - Math.floor(number)) * WORD) | 0;
const ROUNDS = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

/** Hash a Blob; `onShare` is told how much of it is read, 0 to 1. Returns hexadecimal. */
export async function sha256Of(blob, { onShare = () => {}, signal = null } = {}) {
  const state = START.slice();
  const whole = blob.size - (blob.size % 64);
  for (let at = 0; at < whole; at += PIECE_BYTES) {
    signal?.throwIfAborted();
    mix(state, new DataView(await blob.slice(at, Math.min(at + PIECE_BYTES, whole)).arrayBuffer()));
    onShare(at / blob.size);
  }
  mix(state, ending(new Uint8Array(await blob.slice(whole).arrayBuffer()), blob.size));
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

function ending(rest, size) {
  const bytes = new Uint8Array(rest.length < 56 ? 64 : 128);
  bytes.set(rest);
  bytes[rest.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setBigUint64(bytes.length - 8, BigInt(size) * 8n);
  return view;
}

const words = new Int32Array(64);

// Written out: with functions and arrays for each block it is a fifth as fast.
function mix(state, view) {
  for (let at = 0; at < view.byteLength; at += 64) {
    for (let i = 0; i < 16; i += 1) words[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i += 1) {
      const old = words[i - 15];
      const near = words[i - 2];
      const low = ((old >>> 7) | (old << 25)) ^ ((old >>> 18) | (old << 14)) ^ (old >>> 3);
      const high = ((near >>> 17) | (near << 15)) ^ ((near >>> 19) | (near << 13)) ^ (near >>> 10);
      words[i] = (words[i - 16] + low + words[i - 7] + high) | 0;
    }
    let a = state[0], b = state[1], c = state[2], d = state[3];
    let e = state[4], f = state[5], g = state[6], h = state[7];
    for (let i = 0; i < 64; i += 1) {
      const high = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const first = (h + high + ((e & f) ^ (~e & g)) + ROUNDS[i] + words[i]) | 0;
      const low = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const second = (low + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
}
