import SeqaeFiles
import SeqaeRandom
import SeqaeRecipes
import SeqaeText

/// `seqae noise`: spoils clean text, to show the noise and to make test sets.
struct Noise: Command {
  static let name = "noise"
  static let abstract = "Spoil clean text, to train on it and to show the noise."
  static let discussion = """
    With --data it makes a test set of what is held out of corpora (--splits): for each
    language its clean lines in an order that the seed draws, each with noise of its own. Columns of
    tab-separated files are named by a number: pairs.tsv:2. Lines that come out unchanged, and those
    that look noisy from the start, are left out there unless --all-lines is given.

    Noises of tokens work on a tokenizer's tokens and print its special ones, such as <mask>, as they
    are spelled. A file of --config lists noises, each with the share of the texts that get it and a
    rate, or two between which it is drawn, such as {"text": [{"noise": "look-alike", "share": 0.5,
    "rate": [0.05, 0.2]}], "tokens": [{"noise": "infilling"}]}. The same seed, epoch and number of a
    text give the same noise.
    """
  static let example = [
    "$ seqae noise --rate 0.3 --seed 2 '今天天气很好' 'hello world'",
    "今天天气很☁☁好",
    "hello wor~ld",
    "$ seqae noise --kind same-sound --rate 0.4 --seed 2 '今天天气很好'",
    "今天天气狠豪",
  ]

  /// A noise by name.
  private enum Kind: ArgumentValue, Equatable {
    case text(TextNoiseKind)
    case tokens(TokenNoiseKind)

    static let expectation = "a noise that --list lists"
    static let choices =
      TextNoiseKind.allCases.map(\.rawValue) + TokenNoiseKind.allCases.map(\.rawValue)

    init?(argument: String) {
      if let kind = TextNoiseKind(rawValue: argument) {
        self = .text(kind)
      } else if let kind = TokenNoiseKind(rawValue: argument) {
        self = .tokens(kind)
      } else {
        return nil
      }
    }

    var argument: String {
      switch self {
      case .text(let kind): kind.rawValue
      case .tokens(let kind): kind.rawValue
      }
    }

    var standardRates: ClosedRange<Double>? {
      switch self {
      case .text(let kind): kind.standardRates
      case .tokens(let kind): kind.standardRates
      }
    }
  }

  private enum Part: String, ArgumentChoice {
    case test, development
  }

  private let texts: [String]
  private let data: Corpora
  private let kind: Kind
  private let rate: Double?
  private let listsNoises: Bool
  private let configuration: String?
  private let tokenizer: String?
  private let seed: UInt64
  private let epoch: UInt64
  private let printsPairs: Bool
  private let part: Part
  private let splits: String?
  private let limit: Int?
  private let takesAllLines: Bool
  private let model: ModelLocation
  private let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    texts = arguments.words("TEXT", help: "what to spoil; else standard input, a line each")
    data = try Corpora(
      &arguments, help: "corpora whose held-out lines to spoil, in place of texts")
    kind = try arguments.option(
      "--kind", "KIND", default: .text(.insertion), help: "which noise; --list lists them")
    rate = try arguments.option(
      "--rate", "R", within: 0...1, standard: "each line's own, drawn from the noise's range",
      help: "how much of it: the share of letters, gaps or whatever the noise counts")
    listsNoises = try arguments.flag("--list", help: "list the noises and their rates")
    configuration = try arguments.option(
      "--config", "FILE", help: "a JSON file of noises, in place of --kind and --rate")
    tokenizer = try arguments.option(
      "--tokenizer", "FILE", standard: "the model's",
      help: "a tokenizer.json, for noises of tokens")
    seed = try arguments.option("--seed", "S", default: 1, help: "decides every random choice")
    epoch = try arguments.option(
      "--epoch", "E", default: 0, help: "another noise for the same texts, as in training")
    printsPairs = try arguments.flag("--pairs", help: "print noisy and clean text, a tab between")
    part = try arguments.option(
      "--split", "PART", default: .test, help: "which held-out lines: test or development")
    splits = try arguments.option(
      "--splits", "FILE", standard: "the program's own",
      help: "what is held out")
    limit = try arguments.option(
      "--limit", "N", within: 1...Int.max, standard: "all",
      help: "the most lines of a language out of --data")
    takesAllLines = try arguments.flag(
      "--all-lines", help: "all held-out lines, also those that look noisy or come out unchanged")
    model = try ModelLocation(&arguments, default: "denoiser")
    common = try CommonOptions(&arguments)
    try arguments.refuse(
      ["--encoding", "--split", "--splits", "--limit", "--all-lines"], when: data.isEmpty,
      "without --data")
    try arguments.refuse(["--epoch", "--config"], when: !data.isEmpty, "with --data")
    try arguments.refuse(["--kind", "--rate"], when: configuration != nil, "with --config")
    try arguments.refuse(
      ["--rate"], when: kind.standardRates == nil, "with --kind \(kind.argument)")
  }

  func run() throws(Failure) -> Ending {
    guard data.isEmpty || texts.isEmpty else {
      throw Failure(.usage, "expected texts or --data, found both: leave one out")
    }
    if listsNoises {
      try list()
    } else if data.isEmpty {
      try spoilTexts()
    } else {
      try makeSet()
    }
    return .done
  }

  private func list() throws(Failure) {
    if !common.json { try Output.standard.line("noises of text:") }
    for kind in TextNoiseKind.allCases {
      try list(kind.rawValue, kind.summary, kind.standardRates)
    }
    if !common.json { try Output.standard.line("noises of tokens:") }
    for kind in TokenNoiseKind.allCases {
      try list(kind.rawValue, kind.summary, kind.standardRates)
    }
  }

  private func list(
    _ name: String, _ summary: String, _ rates: ClosedRange<Double>?
  ) throws(Failure) {
    if common.json {
      let bounds = rates.map { [JSON.number($0.lowerBound), .number($0.upperBound)] }
      let entry: JSON = [
        "noise": JSON(name), "summary": JSON(summary), "rate": bounds.map(JSON.array) ?? .null,
      ]
      return try Output.standard.line(entry.serialized())
    }
    let column = name + String(repeating: " ", count: max(1, 16 - name.utf8.count))
    let range = rates.map { rates in
      let bounds = [rates.lowerBound.argument, rates.upperBound.argument]
      return " (rate \(bounds[0] == bounds[1] ? bounds[0] : bounds.joined(separator: " to ")))"
    }
    try Output.standard.line("  \(column)\(summary)\(range ?? "")")
  }

  private func spoilTexts() throws(Failure) {
    common.apply()
    let noise = try ConfiguredNoise(try chosenNoise()) { () throws(Failure) in
      let path =
        if let tokenizer { tokenizer } else { Path.join(try model.folder(), "tokenizer.json") }
      return try Tokenizer(readingJSON: path)
    }
    var input = TextInput(texts)
    let random = Random(seed: seed).child("noise")
    var number: UInt64 = 0
    while let block = try input.next() {
      for line in block {
        let noisy = noise.corrupt(line, using: random.child(epoch, number))
        number += 1
        try write(DenoisingPair(noisy: noisy.text, clean: line), noisy.ids)
      }
      try Output.standard.flush()
    }
  }

  private func chosenNoise() throws(Failure) -> NoiseConfiguration {
    if let configuration { return try NoiseConfiguration(path: configuration) }
    let rates = rate.map { $0...$0 }
    return switch kind {
    case .text(let kind): NoiseConfiguration(text: kind, rates: rates)
    case .tokens(let kind): NoiseConfiguration(tokens: kind, rates: rates)
    }
  }

  private func makeSet() throws(Failure) {
    guard case .text(let noise) = kind, noise != .mixed else {
      throw Failure(.usage, "--kind \(kind.argument) is for texts, not for --data")
    }
    let pairs = try NoisySet.make(
      try data.sources(), part: part == .test ? .test : .development,
      splits: try HeldOut.splits(splits), noise: noise, rates: rate.map { $0...$0 }, seed: seed,
      limit: limit, allLines: takesAllLines, report: common.note)
    for pair in pairs { try write(pair, nil) }
  }

  private func write(_ pair: DenoisingPair, _ ids: [TokenID]?) throws(Failure) {
    if common.json {
      var members: [(key: ByteString, value: JSON)] = [
        ("noisy", .string(ByteString(pair.noisy))), ("clean", .string(ByteString(pair.clean))),
      ]
      if let ids { members.append(("ids", .array(ids.map { .integer(Int($0)) }))) }
      return try Output.standard.line(JSON.object(JSONObject(members)).serialized())
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
