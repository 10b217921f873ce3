import SeqaeFiles
import SeqaeRecipes
import SeqaeTensors
import SeqaeTraining

/// `seqae train`: trains a model by a recipe.
struct Train: Command {
  static let name = "train"
  static let abstract = "Train a model by a recipe."
  static var discussion: String {
    return """
      recipes:
        denoiser    a Transformer that edits noisy text into clean text; RUN is a folder that holds
                    the best model so far, a log and checkpoints, and can be given to --model
        electra     a detector of tokens that a small generator has replaced; RUN is such a folder
                    too, and can be given to denoise --detector and as the denoiser's replacements
        tokenizer   characters or byte pair encoding, bytes for the rest; RUN is the folder of
                    tokenizer.json

      Corpora are text, a line each, plain or gzip; columns of tab-separated ones are named by a
      number, pairs.tsv:2, members of JSON lines by their name, texts.jsonl:title. Without --data all
      but the tokenizer take the corpora of the shipped model out of the folder SEQAE_DATA. SIGINT
      and SIGTERM end a run after a checkpoint; --resume goes on.

      the denoiser's settings for --set and --config, with their defaults:
      \(DenoiserConfiguration.settingsHelp)
      the electra's; the others, from seed on, are the denoiser's:
      \(ElectraConfiguration.settingsHelp(before: "seed"))
      the tokenizer's:
      \(TokenizerConfiguration.settingsHelp.dropLast())
      """
  }
  static let example = [
    "$ seqae train denoiser --data corpus.txt --output runs/first --minutes 10 --set width=128",
    "$ seqae denoise --model runs/first '中，，，，国'",
  ]

  private enum Recipe: String, ArgumentChoice {
    case denoiser, electra, tokenizer
  }

  private let recipe: Recipe
  private let data: Corpora
  private let output: String
  private let configurationFile: String?
  private let assignments: [String]
  private let tokenizer: String?
  private let splits: String?
  private let steps: Int?
  private let minutes: Double?
  private let precision: Precision?
  private let seed: Int?
  private let resumes: Bool
  private let isProfiled: Bool
  private let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    recipe = try arguments.choice(
      "RECIPE", placeholder: .denoiser, help: "what to train: denoiser, electra or tokenizer")
    data = try Corpora(&arguments, help: "the corpora")
    output = try arguments.required("--output", "RUN", help: "the folder that receives the run")
    configurationFile = try arguments.option(
      "--config", "FILE.json", help: "an object of settings that differ from the defaults")
    assignments = try arguments.options(
      "--set", "KEY=VALUE", help: "settings that differ from those")
    tokenizer = try arguments.option(
      "--tokenizer", "FILE", standard: "one trained on the data", help: "the model's tokens")
    splits = try arguments.option(
      "--splits", "FILE", standard: "the program's own",
      help: "what is held out of the corpora")
    steps = try arguments.option(
      "--steps", "N", within: 1...1_000_000_000, help: "train for at most so many steps")
    minutes = try arguments.option(
      "--minutes", "M", within: 0.001...1_000_000, standard: "60 without --steps",
      help: "train for at most so long")
    precision = try arguments.optionalChoice(
      "--precision", "P", standard: "float32",
      help: "float32 or bfloat16: what products and activations are computed in")
    seed = try arguments.option(
      "--seed", "S", within: 0...Int.max, standard: "0", help: "decides every random choice")
    resumes = try arguments.flag(
      "--resume", help: "go on with RUN, from its newest checkpoint, with its data and settings")
    isProfiled = try arguments.flag(
      "--profile", help: "print the time, calls and bytes of each operation of the run at its end")
    common = try CommonOptions(&arguments)
    try arguments.refuse(["--encoding"], when: data.isEmpty, "without --data")
    try arguments.refuse(
      [
        "--tokenizer", "--steps", "--minutes", "--precision", "--seed", "--resume", "--profile",
      ],
      when: recipe == .tokenizer,
      "with the recipe tokenizer")
  }

  func run() throws(Failure) -> Ending {
    common.apply()
    switch recipe {
    case .denoiser: return try train(DenoiserRecipe.self)
    case .electra: return try train(ElectraRecipe.self)
    case .tokenizer: try trainTokenizer()
    }
    return .done
  }

  private func train<Model: TextRecipe>(_ recipe: Model.Type) throws(Failure) -> Ending {
    let progress = Progress(common.quiet ? .silent : nil)
    Interruption.install()
    if isProfiled { Profiler.start() }
    let outcome: TrainingOutcome
    if resumes {
      if !ignoredOnResuming.isEmpty {
        common.note(
          "\(output): goes on with its own data and settings; not used: "
            + ignoredOnResuming.joined(separator: ", "))
      }
      outcome = try recipe.resume(
        output: output, steps: steps, minutes: minutes, progress: progress)
    } else {
      var recipe = recipe.init(
        data: try data.isEmpty ? DenoiserRecipe.defaultData() : data.sources(),
        splits: try splitsPath())
      recipe.tokenizer = tokenizer
      recipe.steps = steps
      recipe.minutes = minutes
      recipe.configuration = try settings(Model.Configuration())
      outcome = try recipe.train(output: output, progress: progress)
    }
    if isProfiled { try? Output.error.write(Array(ProfileTable.text(Profiler.stop()).utf8)) }
    switch outcome {
    case .finished:
      progress.note("\(output): done")
      return .done
    case .interrupted:
      progress.note("\(output): interrupted; --resume goes on from here")
      return .interrupted
    }
  }

  /// The options that were given and that a resumed run has values of its own for.
  private var ignoredOnResuming: [String] {
    let given = [
      ("--data", !data.isEmpty), ("--config", configurationFile != nil),
      ("--set", !assignments.isEmpty), ("--tokenizer", tokenizer != nil),
      ("--splits", splits != nil), ("--precision", precision != nil), ("--seed", seed != nil),
    ]
    return given.filter(\.1).map(\.0)
  }

  private func trainTokenizer() throws(Failure) {
    guard !data.isEmpty else { throw Failure(.usage, "expected --data FILE… (seqae train --help)") }
    let path = Path.join(output, "tokenizer.json")
    guard !Path.exists(path) else {
      throw Failure(.cannotCreate, "\(path): is there already: choose another --output")
    }
    let sources = try data.sources()
    let configuration: TokenizerConfiguration = try settings(of: TokenizerConfiguration())
    let splits = try HeldOut.splits(splits)
    try Path.makeDirectories(output)
    let tokenizer = try TokenizerRecipe.run(
      sources, splits: splits, configuration, output: path,
      progress: Progress(common.quiet ? .silent : nil))
    common.note("\(path): \(tokenizer.vocabulary.count) tokens")
  }

  private func splitsPath() throws(Failure) -> String {
    if let splits { return splits }
    return try Splits.find()
  }

  /// The defaults, changed by the file, then by the assignments.
  private func settings<Settings: Configurable>(of defaults: Settings) throws(Failure) -> Settings {
    var settings = defaults
    if let file = configurationFile { try settings.apply(try JSON.read(file), name: file) }
    for assignment in assignments { try settings.set(assignment) }
    return settings
  }

  /// The same, also changed by seed and precision.
  private func settings<Settings: TextConfiguration>(
    _ defaults: Settings
  ) throws(Failure) -> Settings {
    var settings = try settings(of: defaults)
    if let seed { try settings.set("seed=\(seed)") }
    if let precision { try settings.set("precision=\(precision.rawValue)") }
    return settings
  }
}

extension Configurable {
  /// Each setting with its default and what it is.
  fileprivate static var settingsHelp: String { settingsHelp(of: settings[...]) }

  /// The same for those that are listed before the one called `name`.
  fileprivate static func settingsHelp(before name: String) -> String {
    settingsHelp(of: settings.prefix { $0.name != name })
  }

  private static func settingsHelp(of settings: ArraySlice<Setting<Self>>) -> String {
    let defaults = Self()
    return settings.map { setting in
      HelpText.entry("\(setting.name)=\(defaults.valueText(of: setting))", setting.help)
    }.joined()
  }

  /// The value of a setting as a person would type it.
  fileprivate func valueText(of setting: Setting<Self>) -> String {
    guard let value = json[ByteString(setting.name)] else { return "" }
    if let word = value.stringValue { return word.string }
    return value.doubleValue?.argument ?? ""
  }
}
