// Work for node: V8's own heap lies in mappings, so this leans on what takes memory from malloc:
// buffers, compression, ciphers, files, threads and child processes. Argument: how many rounds.
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { createHash, createCipheriv, pbkdf2Sync } from 'node:crypto';
import { brotliCompressSync, brotliDecompressSync, deflateSync, gunzip, gzip, inflateSync } from 'node:zlib';
import { execFileSync } from 'node:child_process';
import { promises as files } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const digest = (data) => createHash('sha256').update(data).digest('hex').slice(0, 16);

function chances(seed) {
  let state = seed;
  return (below) => (state = (state * 48271) % 2147483647) % below;
}

function objects(seed) {
  const chance = chances(seed);
  const map = new Map();
  for (let i = 0; i < 30000; i++) {
    map.set(`key ${chance(9000)}`, { i, list: Array.from({ length: chance(9) }, () => chance(100)) });
  }
  const text = JSON.stringify([...map.entries()]);
  const back = new Map(JSON.parse(text));
  const words = text.match(/[a-z]+ \d+/g).sort();
  return [back.size, digest(text), digest(words.join())].join(' ');
}

function buffers(seed) {
  const chance = chances(seed);
  const kept = [];
  for (let i = 0; i < 20000; i++) {
    const buffer = Buffer.alloc(1 + chance(6000), i & 255);
    kept[chance(500)] = buffer;
  }
  const all = Buffer.concat(kept.filter(Boolean));
  const doubles = new Float64Array(200000).map((_, i) => Math.sqrt(i));
  doubles.reverse().sort();
  return [all.length, digest(all), digest(Buffer.from(doubles.buffer)), digest(all.toString('base64'))].join(' ');
}

function ciphers(seed) {
  const plain = Buffer.alloc(300000, `text ${seed}`);
  const results = [];
  for (const name of ['aes-256-gcm', 'aes-128-ctr', 'chacha20-poly1305']) {
    const [key, nonce] = [Buffer.alloc(name.includes('128') ? 16 : 32, 1), Buffer.alloc(name.includes('ctr') ? 16 : 12, 2)];
    const cipher = createCipheriv(name, key, nonce, { authTagLength: 16 });
    results.push(digest(Buffer.concat([cipher.update(plain), cipher.final()])));
  }
  results.push(pbkdf2Sync('word', 'salt', 500, 16, 'sha512').toString('hex'));
  return results.join(' ');
}

async function compression(seed) {
  const data = Buffer.from(Array.from({ length: 40000 }, (_, i) => `${(i * seed) % 977} `).join(''));
  const zipped = await Promise.all(Array.from({ length: 8 }, (_, i) => promisify(gzip)(data.subarray(i * 1000))));
  const back = await Promise.all(zipped.map((part) => promisify(gunzip)(part)));
  const brotli = brotliCompressSync(data.subarray(0, 50000));
  const deflated = deflateSync(data, { level: 9 });
  return [digest(Buffer.concat(back)), digest(brotliDecompressSync(brotli)), deflated.length,
    digest(inflateSync(deflated))].join(' ');
}

async function disk(seed) {
  await Promise.all(Array.from({ length: 100 }, (_, i) => files.writeFile(`file-${i}`, `${seed} ${i} `.repeat(i * 50))));
  const names = (await files.readdir('.')).sort();
  const parts = await Promise.all(names.map((name) => files.readFile(name)));
  return [names.length, digest(Buffer.concat(parts))].join(' ');
}

async function work(seed) {
  return [objects(seed), buffers(seed), ciphers(seed), await compression(seed)].join('\n');
}

function inWorker(seed) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { seed } });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

if (isMainThread) {
  const rounds = Number(process.argv[2]);
  for (let round = 1; round <= rounds; round++) {
    const workers = [inWorker(round * 3), inWorker(round * 3 + 1)];
    console.log(await work(round * 3 + 2));
    console.log((await Promise.all(workers)).join('\n'));
    console.log(await disk(round));
  }
  console.log(execFileSync(process.execPath, ['--eval', 'console.log([1, 2, 3].map((n) => n ** 20))']).toString());
} else {
  parentPort.postMessage(await work(workerData.seed));
}
