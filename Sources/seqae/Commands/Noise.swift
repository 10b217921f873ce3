import SeqaeFiles
import SeqaeRandom
import SeqaeRecipes
import SeqaeText

/// `seqae noise`: spoils clean text, to show the noise and to make test sets.
struct Noise: Command {
  static let name = "noise"
  static let abstract = "Spoil clean text as the training of a denoiser does."
  static let discussion = """
    With --data it makes a test set of what is held out of corpora (Scripts/splits.json): for each
    language its clean lines in an order that the seed draws, each with noise of its own. Columns of
    tab-separated files are named by a number: pairs.tsv:2. Lines that come out unchanged, and those
    that look noisy from the start, are left out there unless --all-lines is given.
    """
  static let example = [
    "$ seqae noise --rate 0.3 '今天天气很好' 'hello world'",
    "今天↑↑↑↑↑天\\气很好",
    "h🍔ello worl-☀d",
  ]

  private enum Kind: String, ArgumentChoice {
    case insertion, separator, mixed
  }

  private enum Part: String, ArgumentChoice {
    case test, development
  }

  private let texts: [String]
  private let data: [String]
  private let kind: Kind
  private let rate: Double?
  private let seed: UInt64
  private let printsPairs: Bool
  private let part: Part
  private let splits: String?
  private let limit: Int?
  private let takesAllLines: Bool
  private let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    texts = arguments.words("TEXT", help: "what to spoil; else standard input, a line each")
    data = try arguments.options(
      "--data", "FILE", help: "corpora whose held-out lines to spoil, in place of texts")
    kind = try arguments.option(
      "--kind", "KIND", default: .insertion,
      help: "insertion of marks, spaces, emoji and the like; one separator in every gap; or mixed, "
        + "both and none as in training")
    rate = try arguments.option(
      "--rate", "R", within: 0...1, standard: Self.standardRateText,
      help: "share of the gaps between letters that get an insertion")
    seed = try arguments.option("--seed", "S", default: 1, help: "decides every random choice")
    printsPairs = try arguments.flag("--pairs", help: "print noisy and clean text, a tab between")
    part = try arguments.option(
      "--split", "PART", default: .test, help: "which held-out lines: test or development")
    splits = try arguments.option(
      "--splits", "FILE", standard: "Scripts/splits.json of the checkout",
      help: "what is held out")
    limit = try arguments.option(
      "--limit", "N", within: 1...Int.max, standard: "all",
      help: "the most lines of a language out of --data")
    takesAllLines = try arguments.flag(
      "--all-lines", help: "all held-out lines, also those that look noisy or come out unchanged")
    common = try CommonOptions(&arguments)
    try arguments.refuse(
      ["--split", "--splits", "--limit", "--all-lines"], when: data.isEmpty, "without --data")
    try arguments.refuse(
      ["--rate"], when: kind != .insertion, "with --kind \(kind.rawValue)")
  }

  func run() throws(Failure) -> Ending {
    guard data.isEmpty || texts.isEmpty else {
      throw Failure(.usage, "expected texts or --data, found both: leave one out")
    }
    if data.isEmpty { try spoilTexts() } else { try makeSet() }
    return .done
  }

  private static var standardRateText: String {
    let rates = NoisySet.standardRates
    return "each line's own, \(rates.lowerBound) to \(rates.upperBound)"
  }

  private func spoilTexts() throws(Failure) {
    var input = TextInput(texts)
    let random = Random(seed: seed).child("noise")
    var number: UInt64 = 0
    while let block = try input.next() {
      for line in block {
        let own = random.child(number)
        number += 1
        let noisy = noise(own).corrupt(String(decoding: line, as: UTF8.self), using: own)
        try write(DenoisingPair(noisy: Array(noisy.utf8), clean: line))
      }
      try Output.standard.flush()
    }
  }

  private func noise(_ random: Random) -> any TextNoise {
    switch kind {
    case .insertion: InsertionNoise(rate: rate ?? random.uniform(in: NoisySet.standardRates))
    case .separator: SeparatorNoise()
    case .mixed: MixedTextNoise()
    }
  }

  private func makeSet() throws(Failure) {
    guard let noise = NoisySet.Noise(rawValue: kind.rawValue) else {
      throw Failure(.usage, "--kind \(kind.rawValue) is for texts, not for --data")
    }
    var corpora: [CorpusSource] = []
    for argument in data { corpora.append(try CorpusSource(argument)) }
    let pairs = try NoisySet.make(
      corpora, part: part == .test ? .test : .development,
      splits: try HeldOut.splits(splits), noise: noise,
      rates: rate.map { $0...$0 } ?? NoisySet.standardRates, seed: seed, limit: limit,
      allLines: takesAllLines, report: common.note)
    for pair in pairs { try write(pair) }
  }

  private func write(_ pair: DenoisingPair) throws(Failure) {
    if common.json {
      let result: JSON = [
        "noisy": .string(ByteString(pair.noisy)), "clean": .string(ByteString(pair.clean)),
      ]
      return try Output.standard.line(result.serialized())
    }
    guard printsPairs else { return try Output.standard.line(pair.noisy) }
    let tab = UInt8(ascii: "\t")
    guard !pair.clean.contains(tab), !pair.noisy.contains(tab) else {
      throw Failure(
        .data,
        "\(ByteString(pair.clean).quoted): a text with a tab can't be half of a pair: "
          + "use --json")
    }
    try Output.standard.line(pair.noisy + [tab] + pair.clean)
  }
}
