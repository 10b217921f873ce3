import SeqaeFiles
import SeqaeModels
import SeqaeRecipes
import SeqaeTensors
import SeqaeTraining

extension VectorFile.Format: ArgumentChoice {}

/// `seqae embed`: texts to vectors.
struct Embed: Command {
  static let name = "embed"
  static let abstract = "Turn texts into vectors: an embedder's, or the codes of an autoencoder."
  static let discussion = """
    The model is an embedder, the shipped one unless told otherwise: a run of train embedder, or a
    folder of sentence-transformers with a BERT, such as all-MiniLM-L6-v2. Its vectors have the length 1
    unless told otherwise. A text that is longer than it reads at once is cut at the ends of sentences;
    its vector is the mean of those of its pieces, weighed by their tokens. Or it is a run of train
    autoencoder, vae, cvae, vqvae or the like: codes are as they are, so that decode writes the texts
    from them, unless they are normalized. The code of a VAE is the mean of what it knows of it. Of a run
    of train bow the codes are as they are too, of binary ones 1 and -1.

    Lines are JSON objects {"text","vector"}, which seqae decode reads; npy is a matrix with a row for
    each text, and safetensors the same as its tensor "vectors". Memory is constant, whatever the
    number of texts. A file of --output is FILE.partial until it is whole; after a stop or a crash
    --resume goes on with the same texts from the last that were written to the disk, at most ten
    seconds before.
    """
  static let example = [
    "$ seqae embed '中国' --format npy --output v.npy",
    "$ seqae embed --model runs/vae 'a dog runs' | seqae decode --model runs/vae",
    "a dog runs",
  ]

  /// Yes or no, where the default depends on the model.
  private enum Answer: String, ArgumentChoice {
    case yes = "true"
    case no = "false"
  }

  /// What makes the vectors.
  private struct Work {
    let columns: Int
    let vectors: ([[UInt8]]) throws(Failure) -> [[Float]]
  }

  private let texts: [String]
  private let format: VectorFile.Format
  private let output: String?
  private let resumes: Bool
  private let normalizes: Answer?
  private let precision: WeightPrecision?
  private let options: LatentOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    texts = arguments.words("TEXT", help: "what to encode; else standard input, a line each")
    format = try arguments.option(
      "--format", "NAME", default: .jsonl, help: "jsonl, npy or safetensors")
    output = try arguments.option(
      "--output", "FILE", standard: "standard output, of jsonl", help: "where the vectors go")
    resumes = try arguments.flag(
      "--resume", help: "go on with a file that is not whole, on the same texts")
    normalizes = try arguments.optionalChoice(
      "--normalize", "true|false", standard: "true for embedders, false for codes",
      help: "scale each vector to unit length")
    precision = try arguments.optionalChoice(
      "--precision", "P", standard: "float32; int8 where weights are",
      help: "float32, bfloat16 or int8: what an embedder computes in")
    options = try LatentOptions(&arguments, default: "embedder")
    try arguments.refuse(["--resume"], when: output == nil, "without --output")
  }

  func run() throws(Failure) -> Ending {
    guard format == .jsonl || output != nil else {
      throw Failure(
        .usage,
        "--format \(format.rawValue) is for files: name one with --output (seqae embed --help)")
    }
    options.common.apply()
    let folder = try options.model.folder()
    let work: Work
    switch try TextEmbedders.kind(of: folder) {
    case .encoder: work = try embedder(folder)
    case .bagOfWords: work = try bagsOfWords(folder)
    case .latent: work = try codes()
    }
    var input = TextInput(texts)
    if let output { return try write(&input, to: output, work, folder) }
    while let block = try input.next() {
      for (text, vector) in zip(block, try work.vectors(block)) {
        try Output.standard.line(VectorFile.line(text, vector))
      }
      try Output.standard.flush()
    }
    return .done
  }

  private func embedder(_ folder: String) throws(Failure) -> Work {
    guard options.label == nil else {
      throw Failure(
        .usage, "\(LatentOptions.labelOption): an embedder knows no classes: leave it out")
    }
    var embedder = try EncoderEmbedder(folder)
    embedder.isNormalized = normalizes != .no
    embedder.precision = precision
    let made = embedder
    return Work(columns: made.dimensions) { texts throws(Failure) in try made.embed(texts) }
  }

  private func codes() throws(Failure) -> Work {
    guard precision == nil else {
      throw Failure(.usage, "--precision is for embedders: this model has sentence codes")
    }
    let work = try options.work()
    return Work(columns: work.texts.size) { texts throws(Failure) in
      scaled(work.codes(of: texts).map(\.vector))
    }
  }

  private func bagsOfWords(_ folder: String) throws(Failure) -> Work {
    guard precision == nil, options.label == nil else {
      throw Failure(
        .usage,
        "\(precision == nil ? LatentOptions.labelOption : "--precision"): an autoencoder of bags of words has "
          + "none: leave it out")
    }
    let embedder = try BagOfWordsEmbedder(folder)
    return Work(columns: embedder.dimensions) { texts throws(Failure) in
      scaled(try embedder.embed(texts))
    }
  }

  /// Codes as they are, unless they are to be of length 1.
  private func scaled(_ vectors: [[Float]]) -> [[Float]] {
    guard normalizes == .yes else { return vectors }
    return vectors.map { vector in
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return length > 0 ? vector.map { $0 / length } : vector
    }
  }

  /// What the vectors depend on beside the texts.
  private func maker(_ folder: String) throws(Failure) -> String {
    let settings = [
      normalizes.map { "normalize \($0.rawValue)" }, precision.map { $0.rawValue },
      options.label.map { "label \($0)" },
    ]
    return ([try TextEmbedders.fingerprint(of: folder)] + settings.compactMap { $0 })
      .joined(separator: ", ")
  }

  private func write(
    _ input: inout TextInput, to output: String, _ work: Work, _ folder: String
  ) throws(Failure) -> Ending {
    let isWatched = Output.error.isTerminal && !options.common.quiet
    let progress = Progress(isWatched ? .bar : .silent)
    let start = Clock.seconds()
    let stream = try VectorStream(
      output, as: format, columns: work.columns, maker: try maker(folder), resumes: resumes)
    if stream.written > 0 {
      options.common.note("\(output): goes on after \(stream.written) texts")
    }
    Interruption.install()
    var count = 0
    while let block = try input.next() {
      let missing = try stream.missing(block)
      let isStopped = try Interruption.deferred { () throws(Failure) in
        if !missing.isEmpty { try stream.append(try work.vectors(missing), of: missing) }
        guard Interruption.isRequested else { return false }
        try stream.save()
        return true
      }
      count += missing.count
      let seconds = Clock.seconds() - start
      if isStopped {
        progress.note("\(output): interrupted; --resume goes on from here")
        return .interrupted
      }
      progress.update(fraction: input.fraction, seconds: seconds) {
        "\(stream.written) texts  \(Int(Double(count) / max(seconds, 1e-3))) texts/s"
      }
    }
    progress.clear()
    try stream.finish()
    return .done
  }
}
