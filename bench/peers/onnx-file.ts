/** Writes ONNX graphs: the few messages of onnx.proto that a decoder needs, in protobuf's wire format. */

/** Element types by their numbers in onnx.proto. */
const types = { f32: 1, u8: 2, i32: 6, i64: 7, f16: 10 } as const
export type OnnxType = keyof typeof types

/** A node's attribute: whole numbers are integers, so a float says that it is one. */
export type Attribute = number | string | { float: number }

/** Where a tensor's bytes lie in a file beside the graph's. */
export interface External {
  file: string
  byteOffset: number
  byteLength: number
}

/** One protobuf message, written field by field. */
class Message {
  readonly #parts: Uint8Array[] = []

  integer(field: number, value: number): this {
    return this.#varint(8 * field).#varint(value)
  }

  float(field: number, value: number): this {
    this.#varint(8 * field + 5).#parts.push(new Uint8Array(Float32Array.of(value).buffer))
    return this
  }

  bytes(field: number, bytes: Uint8Array): this {
    this.#varint(8 * field + 2)
      .#varint(bytes.length)
      .#parts.push(bytes)
    return this
  }

  text(field: number, text: string): this {
    return this.bytes(field, new TextEncoder().encode(text))
  }

  message(field: number, message: Message): this {
    return this.bytes(field, message.encoded())
  }

  encoded(): Uint8Array<ArrayBuffer> {
    const length = this.#parts.reduce((sum, part) => sum + part.length, 0)
    const bytes = new Uint8Array(length)
    let at = 0
    for (const part of this.#parts) {
      bytes.set(part, at)
      at += part.length
    }
    return bytes
  }

  /** Seven bits a byte, the lowest first; negative numbers in two's complement of 64 bits. */
  #varint(value: number): this {
    const bytes: number[] = []
    let rest = BigInt.asUintN(64, BigInt(value))
    do {
      const bits = Number(rest & 127n)
      rest >>= 7n
      bytes.push(rest > 0n ? bits | 128 : bits)
    } while (rest > 0n)
    this.#parts.push(Uint8Array.from(bytes))
    return this
  }
}

/** Operators that onnxruntime adds to the standard. */
const ownDomain = 'com.microsoft'

/** A graph under construction. Values go by their names. */
export class OnnxGraph {
  readonly #graph = new Message()
  #nodes = 0
  #names = 0

  /** A name that nothing has yet. */
  fresh(): string {
    return `t${this.#names++}`
  }

  input(name: string, type: OnnxType, shape: readonly (number | string)[]): string {
    this.#graph.message(11, valueInfo(name, type, shape))
    return name
  }

  output(name: string, type: OnnxType, shape: readonly (number | string)[]): void {
    this.#graph.message(12, valueInfo(name, type, shape))
  }

  /** A constant tensor: its bytes, or where they are. */
  constant(
    name: string,
    type: OnnxType,
    shape: readonly number[],
    data: Uint8Array | External,
  ): string {
    const tensor = new Message()
    for (const size of shape) tensor.integer(1, size)
    tensor.integer(2, types[type]).text(8, name)
    if (data instanceof Uint8Array) tensor.bytes(9, data)
    else {
      const entries = { location: data.file, offset: data.byteOffset, length: data.byteLength }
      for (const [key, value] of Object.entries(entries))
        tensor.message(13, new Message().text(1, key).text(2, String(value)))
      tensor.integer(14, 1)
    }
    this.#graph.message(5, tensor)
    return name
  }

  /** A node of the standard; an empty name stands for an input or output that is left out. */
  node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    outputs: readonly string[] = [this.fresh()],
    domain = '',
  ): string {
    const node = new Message()
    for (const input of inputs) node.text(1, input)
    for (const output of outputs) node.text(2, output)
    node.text(3, `${operator}_${this.#nodes++}`).text(4, operator)
    for (const [name, value] of Object.entries(attributes))
      node.message(5, attributeMessage(name, value))
    if (domain) node.text(7, domain)
    this.#graph.message(1, node)
    return outputs[0] as string
  }

  /** The same of onnxruntime's own operators. */
  ownNode(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs?: readonly string[],
  ): string {
    return this.node(operator, inputs, attributes, outputs, ownDomain)
  }

  /** The whole file. */
  encoded(): Uint8Array<ArrayBuffer> {
    const operators = (domain: string, version: number) =>
      new Message().text(1, domain).integer(2, version)
    return new Message()
      .integer(1, 9)
      .message(7, this.#graph.text(2, 'gpt-oss'))
      .message(8, operators('', 21))
      .message(8, operators(ownDomain, 1))
      .encoded()
  }
}

function valueInfo(name: string, type: OnnxType, shape: readonly (number | string)[]): Message {
  const dimensions = new Message()
  for (const size of shape) {
    const dimension = new Message()
    if (typeof size === 'string') dimension.text(2, size)
    else dimension.integer(1, size)
    dimensions.message(1, dimension)
  }
  const tensor = new Message().integer(1, types[type]).message(2, dimensions)
  return new Message().text(1, name).message(2, new Message().message(1, tensor))
}

function attributeMessage(name: string, value: Attribute): Message {
  const attribute = new Message().text(1, name)
  if (typeof value === 'string') return attribute.text(4, value).integer(20, 3)
  if (typeof value === 'number') return attribute.integer(3, value).integer(20, 2)
  return attribute.float(2, value.float).integer(20, 1)
}
