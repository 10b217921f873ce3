import SeqaeFiles
import SeqaeModels
import SeqaeRandom
import SeqaeRecipes

/// How tokens are chosen where a model writes.
struct TokenChoice {
  private let temperature: Double
  private let seed: Int

  /// Reads `--temperature` and `--seed`.
  init(_ arguments: inout Arguments) throws(Failure) {
    temperature = try arguments.option(
      "--temperature", "T", default: 0, within: 0...100,
      help: "draw tokens, more freely the higher it is; 0 for the most probable ones")
    seed = try arguments.option(
      "--seed", "S", default: 0, within: 0...Int.max, help: "decides what is drawn")
  }

  /// Returns the texts that are written from codes, of which the first is number `start` of the verb's.
  func texts(from codes: [LatentCode], _ work: LatentWork, start: Int = 0) -> [[UInt8]] {
    guard temperature > 0 else { return work.texts.texts(from: codes) }
    let random = Random(seed: UInt64(seed)).child("tokens")
    return work.texts.texts(
      from: codes, temperature: temperature,
      using: codes.indices.map { random.child(UInt64(start + $0)) })
  }
}

/// `seqae decode`: vectors to texts.
struct Decode: Command {
  static let name = "decode"
  static let abstract = "Write texts from vectors, with the model that they are codes of."
  static let discussion = """
    A line of JSON is an array of numbers or an object that has one under "vector", as seqae embed
    writes them; a .npy file is a matrix with a row for each text, and a .safetensors file has it as
    its tensor "vectors". With --json each result is {"text"}.
    """
  static let example = [
    "$ seqae embed --model runs/vae 'a dog runs' | seqae decode --model runs/vae",
    "a dog runs",
  ]

  private static let block = 64

  private let file: String?
  private let choice: TokenChoice
  private let options: LatentOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    let files = arguments.words(
      "VECTORS", help: "a file, .npy, .safetensors or JSON lines; else lines of standard input")
    file = files.first
    choice = try TokenChoice(&arguments)
    options = try LatentOptions(&arguments)
    guard files.count < 2 else {
      throw Failure(
        .usage, "expected one file of vectors, found \(files.count) (seqae decode --help)")
    }
  }

  func run() throws(Failure) -> Ending {
    let work = try options.work()
    var done = 0
    if let file {
      let vectors = try VectorFile.read(file, size: work.texts.size)
      while done < vectors.count {
        let end = min(vectors.count, done + Self.block)
        try write(Array(vectors[done..<end]), &done, work)
      }
      return .done
    }
    var input = TextInput([])
    while let block = try input.next() {
      var vectors: [[Float]] = []
      for (place, line) in block.enumerated() {
        vectors.append(
          try VectorFile.vector(
            of: line, name: "standard input, line \(done + place + 1)", size: work.texts.size))
      }
      try write(vectors, &done, work)
    }
    return .done
  }

  private func write(
    _ vectors: [[Float]], _ done: inout Int, _ work: LatentWork
  ) throws(Failure) {
    let codes = vectors.map { LatentCode($0, label: work.label) }
    for text in choice.texts(from: codes, work, start: done) { try work.write(text, [:]) }
    try Output.standard.flush()
    done += vectors.count
  }
}
