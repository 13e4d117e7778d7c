import { sha256 } from './sha256'
import { type PieceKey, pieceCount, type StoredModel } from './shard-store'

/**
 * One SHA-256 for all bytes of a model: of a list, in UTF-8, that has for each file, sorted by name,
 * a line `NAME LENGTH` and then, in lower-case hexadecimal, a line with the SHA-256 of each of its
 * pieces, 64 MiB long but for the last. Every line ends with a line feed. Pieces have been hashed when
 * they were kept, so that of 13 GB nothing is read again. In a folder of files, with LC_ALL=C:
 *
 *   for f in config.json generation_config.json *.safetensors *.index.json tokenizer.json; do
 *     echo "$f $(stat -c %s $f)"; split -b 64M --filter='sha256sum | cut -c-64' $f
 *   done | sha256sum
 *
 * @param hashOf the hash that was committed with a piece
 * @returns undefined while the model is incomplete, and where a piece was kept without a hash
 */
export async function weightHash(
  { files, pieceBytes, completedAt }: StoredModel,
  hashOf: (key: PieceKey) => string | undefined,
): Promise<string | undefined> {
  if (completedAt === undefined) return undefined
  const lines: string[] = []
  for (const { name, byteLength } of files.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    lines.push(`${name} ${byteLength}`)
    for (let piece = 0; piece < pieceCount(byteLength, pieceBytes); piece++) {
      const hash = hashOf({ file: name, piece })
      if (hash === undefined) return undefined
      lines.push(hash)
    }
  }
  return sha256(new TextEncoder().encode(lines.map((line) => `${line}\n`).join('')))
}
