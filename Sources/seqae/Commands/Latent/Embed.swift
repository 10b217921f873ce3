import SeqaeFiles
import SeqaeModels
import SeqaeRecipes

extension VectorFile.Format: ArgumentChoice {}

/// `seqae embed`: texts to vectors.
struct Embed: Command {
  static let name = "embed"
  static let abstract = "Turn texts into vectors: the codes of an autoencoder or a VAE."
  static let discussion = """
    Lines are JSON objects {"text","vector"}, which seqae decode reads; npy is a matrix with a row for
    each text, and safetensors the same as its tensor "vectors". The code of a VAE is the mean of what
    it knows of it. Codes are as they are, so that decode writes the texts from them, unless they are
    normalized to unit length.
    """
  static let example = [
    "$ seqae embed --model runs/vae 'a dog runs' | seqae decode --model runs/vae",
    "a dog runs",
  ]

  /// Yes or no, where the default may depend on the model.
  private enum Answer: String, ArgumentChoice {
    case yes = "true"
    case no = "false"
  }

  private let texts: [String]
  private let format: VectorFile.Format
  private let output: String?
  private let isNormalized: Bool
  private let options: LatentOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    texts = arguments.words("TEXT", help: "what to encode; else standard input, a line each")
    format = try arguments.option(
      "--format", "NAME", default: .jsonl, help: "jsonl, npy or safetensors")
    output = try arguments.option(
      "--output", "FILE", standard: "standard output, of jsonl", help: "where the vectors go")
    let answer: Answer = try arguments.option(
      "--normalize", "true|false", default: .no, help: "scale each vector to unit length")
    isNormalized = answer == .yes
    options = try LatentOptions(&arguments)
  }

  func run() throws(Failure) -> Ending {
    guard format == .jsonl || output != nil else {
      throw Failure(
        .usage,
        "--format \(format.rawValue) is for files: name one with --output (seqae embed --help)")
    }
    let work = try options.work()
    var input = TextInput(texts)
    guard let output else {
      while let block = try input.next() {
        for (text, vector) in zip(block, vectors(of: block, work)) {
          try Output.standard.line(VectorFile.line(text, vector))
        }
        try Output.standard.flush()
      }
      return .done
    }
    if format == .jsonl {
      try AtomicFile.write(output) { writer throws(Failure) in
        while let block = try input.next() {
          for (text, vector) in zip(block, vectors(of: block, work)) {
            try writer.write(VectorFile.line(text, vector) + [0x0A])
          }
        }
      }
      return .done
    }
    var rows: [[Float]] = []
    while let block = try input.next() { rows += vectors(of: block, work) }
    try VectorFile.write(output, rows, columns: work.texts.size, as: format)
    return .done
  }

  private func vectors(of block: [[UInt8]], _ work: LatentWork) -> [[Float]] {
    let vectors = work.codes(of: block).map(\.vector)
    guard isNormalized else { return vectors }
    return vectors.map { vector in
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return length > 0 ? vector.map { $0 / length } : vector
    }
  }
}
