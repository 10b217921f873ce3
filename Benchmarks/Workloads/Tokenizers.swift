import SeqaeFiles
import SeqaeModels
import SeqaeTensors
import SeqaeText
import SeqaeTraining

extension Workload {
  /// Tokenizers on the peers' text: 20 MB of Chinese and English, a paragraph a line.
  package static let tokenizers = Workload(
    name: "tokenizers", bench: "tokenize",
    abstract: "training a vocabulary of 8,000 on 20 MB of Chinese and English, and encoding it",
    cases: [1, 2].flatMap { threads in
      Vocabularies.allCases.map { kind in
        Case("\(kind.rawValue) encode \(threads)t", nil, absence: { kind.absence }) {
          settings throws(Failure) in
          try TokenizerTiming(settings, threads: threads).encode(kind)
        }
      }
    } + [
      Case("bpe train 2t", nil) { settings throws(Failure) in
        try TokenizerTiming(settings, threads: 2).train()
      }
    ])
}

/// Where a vocabulary comes from.
private enum Vocabularies: String, CaseIterable {
  /// Byte pairs over characters, trained here.
  case bpe
  /// The peers' own byte pairs over bytes, of the file that their training leaves in the data folder.
  case bytes = "bpe-bytes"
  /// all-MiniLM-L6-v2's word pieces.
  case wordpiece

  var absence: Failure? { self == .wordpiece ? MiniLM.absence("wordpiece") : nil }
}

/// The peers' corpus in memory.
private struct TokenizerTiming {
  private static let size = 8000  // tokens, the peers' number

  private let settings: BenchmarkSettings
  private let lines: [[UInt8]]
  private let megabytes: Double

  init(_ settings: BenchmarkSettings, threads: Int) throws(Failure) {
    Threads.count = threads
    self.settings = settings
    let path = Path.join(settings.dataFolder, "corpus", "mixed.txt")
    guard Path.exists(path) else {
      throw Failure(
        .missingInput, "\(path): is not there: make it with the peers' make_corpus.py, or --data")
    }
    var reader = try LineReader(path: path)
    var lines: [[UInt8]] = []
    while let line = try reader.next() { lines.append(line) }
    self.lines = lines
    megabytes = Double(lines.reduce(0) { $0 + $1.count }) / 1e6
  }

  /// Times the training of a vocabulary: counting the lines, in memory as the peer has them, and merging.
  func train() throws(Failure) -> [Measurement] {
    var times: [Double] = []
    let start = Clock.seconds()
    var count = 0
    while times.isEmpty || Clock.seconds() - start < settings.seconds {
      let begin = Clock.seconds()
      count = try trained().vocabulary.count
      times.append(Clock.seconds() - begin)
    }
    let samples = Samples(times)
    return [
      Measurement(
        rounded(samples.median, 3), "s",
        [
          "min": .number(rounded(samples.minimum, 3)),
          "mb_per_s": .number(rounded(megabytes / samples.median, 2)), "vocab": .integer(count),
        ])
    ]
  }

  /// Times the encoding of all lines in one call that keeps ids and ranges.
  func encode(_ kind: Vocabularies) throws(Failure) -> [Measurement] {
    let tokenizer: Tokenizer
    switch kind {
    case .bpe: tokenizer = try Tokenizer(trained: try trained(), splitter: ScriptSplitter())
    case .bytes: tokenizer = try read(Path.join(settings.dataFolder, "tok", "hf-bpe.json"))
    case .wordpiece: tokenizer = try read(Path.join(MiniLM.folder ?? "", "tokenizer.json"))
    }
    var tokens = 0
    let samples = Samples(for: settings.seconds, warmUp: 1, least: 3) {
      tokens = tokenizer.encode(lines: lines).reduce(0) { $0 + $1.count }
    }
    return [
      Measurement(
        rounded(megabytes / samples.median, 2), "MB/s",
        [
          "best": .number(rounded(megabytes / samples.minimum, 2)),
          "tokens_per_s": .integer(Int(Double(tokens) / samples.median)),
          "bytes_per_token": .number(rounded(megabytes * 1e6 / Double(tokens), 3)),
        ])
    ]
  }

  private func read(_ path: String) throws(Failure) -> Tokenizer {
    guard Path.exists(path) else {
      throw Failure(
        .missingInput, "\(path): is not there: run the peers' tokenizers_bench.py first")
    }
    return try Tokenizer(readingJSON: path)
  }

  private func trained() throws(Failure) -> BytePairModel {
    var trainer = BytePairTrainer(splitter: ScriptSplitter())
    for line in lines { trainer.count(line) }
    return try trainer.model(size: Self.size)
  }
}
