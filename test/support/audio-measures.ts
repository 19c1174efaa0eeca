const FRAME = 160;
const SAMPLE_RATE = 8000;

/** RMS of the 20 ms frames that are speech (above -45 dBFS), in dBFS. */
export function activeLevel(samples: Int16Array): number {
  const powers = Array.from({ length: Math.floor(samples.length / FRAME) }, (_, i) => {
    const frame = samples.subarray(i * FRAME, (i + 1) * FRAME);
    return frame.reduce((sum, sample) => sum + (sample / 32768) ** 2, 0) / FRAME;
  }).filter((power) => power > 10 ** (-45 / 10));
  return 10 * Math.log10(powers.reduce((sum, power) => sum + power, 0) / powers.length);
}

/** The loudest sample, in dBFS. */
export function peakLevel(samples: Int16Array): number {
  return 20 * Math.log10(samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0) / 32768);
}

/** The share of the energy (0 to 1) between two frequencies, in windows of 32 ms with a Hann window against leakage. */
export function shareBetween(samples: Int16Array, fromHertz: number, toHertz: number): number {
  const size = 256;
  let [within, total] = [0, 0];
  for (let start = 0; start + size <= samples.length; start += size / 2) {
    powerSpectrum(samples.subarray(start, start + size)).forEach((power, bin) => {
      const hertz = (bin * SAMPLE_RATE) / size;
      total += power;
      if (hertz >= fromHertz && hertz <= toHertz) within += power;
    });
  }
  return within / total;
}

function powerSpectrum(window: Int16Array): number[] {
  const size = window.length;
  const tapered = Array.from(
    window,
    (sample, i) => sample * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size)),
  );
  return Array.from({ length: size / 2 + 1 }, (_, bin) => {
    const step = (2 * Math.PI * bin) / size;
    const cosine = tapered.reduce((sum, sample, i) => sum + sample * Math.cos(step * i), 0);
    const sine = tapered.reduce((sum, sample, i) => sum + sample * Math.sin(step * i), 0);
    return cosine * cosine + sine * sine;
  });
}
