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
        autoencoder a Transformer that puts a sentence into a vector and writes it from there; RUN is
                    a folder for --model of embed, decode, reconstruct and the like
        bow         a deep autoencoder of how often words occur in documents; its codes are vectors of
                    them, or bits (semantic hashing); RUN is a folder for --model of embed, index,
                    search and evaluate retrieval
        classifier  an encoder that names the class of a text, for corpora FILE:CLASS,TEXT; --from gives
                    it a trained encoder; RUN is a folder for classify and evaluate classifier
        cvae        a vae that is told the class of each text, for corpora FILE:CLASS,TEXT
        dec         an autoencoder's codes, --from its run, drawn together into clusters; RUN is a folder
                    for --model of evaluate cluster, embed and the like
        denoiser    a Transformer that edits noisy text into clean text; RUN is a folder that holds
                    the best model so far, a log and checkpoints, and can be given to --model
        diffusion   a model of an autoencoder's codes, --from its run, so that sample can draw texts
        electra     a detector of tokens that a small generator has replaced; RUN is such a folder
                    too, and can be given to denoise --detector and as the denoiser's replacements
        embedder    a BERT that turns texts into vectors in which those that mean the same are
                    neighbours, through noise; RUN is a folder for --model of embed and evaluate sts, and
                    sentence-transformers reads it too
        lm          an autoregressive language model, what a vae is compared with
        rewriter    a Transformer that writes spoilt text anew (BART), for what its encoder learns; RUN
                    is such a folder too, and evaluate probe can read it
        spelling    a speller: it exchanges wrong Chinese characters and nothing else, by what it
                    has counted in clean text and in pairs; RUN is a folder for --model
        summarizer  a Transformer that writes the summary of a text, from pairs FILE:TEXT,SUMMARY; RUN is
                    a folder for summarize
        translator  a Transformer that translates, from pairs FILE:1,2 or aligned files (--source,
                    --target), in one direction or in both; RUN is a folder for translate
        vade        a vae whose prior is a mixture of clusters, --from an autoencoder's run
        vae         a variational autoencoder over sentences: its vectors are spread like N(0, I), so
                    that new sentences can be drawn; RUN is such a folder too
        vqvae       an autoencoder whose codes are numbers of a codebook, with a model of how they
                    follow each other; RUN is such a folder too
        tokenizer   characters or byte pair encoding, bytes for the rest; RUN is the folder of
                    tokenizer.json

      Corpora are text, a line each, plain or gzip; columns of tab-separated ones are named by a
      number, pairs.tsv:2, members of JSON lines by their name, texts.jsonl:title. Those of bow may
      be folders too: a collection that evaluate retrieval takes, or a text in each file. Of
      pairs.tsv:1,2 a denoiser or a speller learns to turn the first column into the second, and an
      embedder to give the first, noise and all, the vector of the second, which it may be the
      translation of. --source a.de --target a.en are pairs in two files. The recipe tokenizer
      --from a model of word pieces adds the commonest characters that those lack, up to vocabulary
      tokens; an embedder that starts from that model takes it (--tokenizer). Without --data all but
      bow, summarizer, translator and the tokenizer take the corpora of the shipped model out of the
      folder SEQAE_DATA, and spelling Chinese ones and SIGHAN's pairs, of which some are for
      research only. A denoiser may start from another's weights (--from), with its tokenizer and
      sizes, an embedder from those of a BERT that embed takes, a translator or summarizer from a
      rewriter, a denoiser or another one, a classifier from the encoder of a denoiser, rewriter,
      autoencoder, vae, cvae, vqvae or lm, and dec, diffusion and vade must start from an
      autoencoder's. SIGINT and SIGTERM end a run after a checkpoint; --resume goes on. Spelling is
      done in minutes and has no checkpoints.

      the denoiser's settings for --set and --config, with their defaults:
      \(DenoiserConfiguration.settingsHelp)
      the electra's; the others, from seed on, are the denoiser's:
      \(ElectraConfiguration.settingsHelp(before: "seed"))
      the embedder's; the others, from seed on, are the denoiser's:
      \(EmbedderConfiguration.settingsHelp(before: "seed"))
      the bow's; the others are the denoiser's, but for what is said there of lines and tokens, and
      \(BagOfWordsConfiguration.changes(from: DenoiserConfiguration())):
      \(BagOfWordsConfiguration.settingsHelp(before: "seed"))
      the rewriter's; the others, from seed on, are the denoiser's:
      \(RewriterConfiguration.settingsHelp(before: "seed"))
      the autoencoder's; the others, from seed on, are the denoiser's:
      \(AutoencoderConfiguration.settingsHelp(before: "seed"))
      the vae's; the others, from latent_size on, are the autoencoder's and the denoiser's:
      \(VAEConfiguration.settingsHelp(before: "latent_size"))
      the cvae's are the vae's. The vqvae's; the others but latent_size are the autoencoder's:
      \(VQVAEConfiguration.settingsHelp(before: "memory_vectors"))
      the vade's; the others, from seed on, are the denoiser's:
      \(VaDEConfiguration.settingsHelp(before: "seed"))
      the dec's, likewise:
      \(DECConfiguration.settingsHelp(before: "seed"))
      the diffusion's, likewise:
      \(DiffusionConfiguration.settingsHelp(before: "seed"))
      the lm's; the others, from seed on, are the denoiser's:
      \(LanguageModelConfiguration.settingsHelp(before: "seed"))
      the classifier's; the others, from seed on, are the denoiser's, but for
      \(ClassifierConfiguration.changes(from: DenoiserConfiguration())):
      \(ClassifierConfiguration.settingsHelp(before: "seed"))
      the translator's; the others, from seed on, are the denoiser's, but for
      \(TranslatorConfiguration.changes(from: DenoiserConfiguration())):
      \(TranslatorConfiguration.settingsHelp(before: "seed"))
      the summarizer's, likewise, but for
      \(SummarizerConfiguration.changes(from: DenoiserConfiguration())):
      \(SummarizerConfiguration.settingsHelp(before: "seed"))
      spelling's:
      \(SpellerConfiguration.settingsHelp)
      the tokenizer's:
      \(TokenizerConfiguration.settingsHelp.dropLast())
      """
  }
  static let example = [
    "$ seqae train denoiser --data corpus.txt --output runs/first --minutes 10 --set width=128",
    "$ seqae denoise --model runs/first '中，，，，国'",
  ]

  private enum Recipe: String, ArgumentChoice {
    case autoencoder, bow, classifier, cvae, dec, denoiser, diffusion, electra, embedder, lm
    case rewriter, spelling, summarizer, translator, vade, vae, vqvae, tokenizer

    /// What trains in steps by that name; nil for what is done at once.
    var type: (any SteppedRecipe.Type)? {
      switch self {
      case .autoencoder: AutoencoderRecipe.self
      case .bow: BagOfWordsRecipe.self
      case .classifier: ClassifierRecipe.self
      case .cvae: ConditionalVAERecipe.self
      case .dec: DECRecipe.self
      case .denoiser: DenoiserRecipe.self
      case .diffusion: DiffusionRecipe.self
      case .electra: ElectraRecipe.self
      case .embedder: EmbedderRecipe.self
      case .lm: LanguageModelRecipe.self
      case .rewriter: RewriterRecipe.self
      case .summarizer: SummarizerRecipe.self
      case .translator: TranslatorRecipe.self
      case .vade: VaDERecipe.self
      case .vae: VAERecipe.self
      case .vqvae: VQVAERecipe.self
      case .spelling, .tokenizer: nil
      }
    }

    /// Whether it learns to write another text than it reads, for which there is no data by default.
    var writesAnotherText: Bool { self == .translator || self == .summarizer }

    /// Whether pairs of texts are something to learn from.
    var learnsFromTwoTexts: Bool {
      writesAnotherText || self == .denoiser || self == .embedder
    }
  }

  private let recipe: Recipe
  private let data: Corpora
  private let aligned: AlignedFiles
  private let output: String
  private let configurationFile: String?
  private let assignments: [String]
  private let tokenizer: String?
  private let start: String?
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
      "RECIPE", placeholder: .denoiser,
      help: "what to train: \(Recipe.list)")
    data = try Corpora(&arguments, help: "the corpora")
    aligned = try AlignedFiles(&arguments)
    output = try arguments.required("--output", "RUN", help: "the folder that receives the run")
    configurationFile = try arguments.option(
      "--config", "FILE.json", help: "an object of settings that differ from the defaults")
    assignments = try arguments.options(
      "--set", "KEY=VALUE", help: "settings that differ from those")
    tokenizer = try arguments.option(
      "--tokenizer", "FILE", standard: "one trained on the data", help: "the model's tokens")
    start = try arguments.option(
      "--from", "DIR|NAME", standard: "random weights",
      help: """
        start from the weights of a model or run, in its sizes and with its tokenizer; for the recipe tokenizer: add to \
        the tokens of such a model
        """)
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
    try arguments.refuse(
      ["--encoding"], when: data.isEmpty && aligned.isEmpty, "without --data")
    try arguments.refuse(
      AlignedFiles.options, when: !recipe.learnsFromTwoTexts,
      "with the recipe \(recipe.rawValue), which learns from no two texts")
    try arguments.refuse(
      [
        "--tokenizer", "--steps", "--minutes", "--precision", "--resume", "--profile",
      ],
      when: recipe.type == nil, "with the recipe \(recipe.rawValue)")
    try arguments.refuse(
      ["--tokenizer"], when: recipe == .bow, "with the recipe bow, which has words")
    try arguments.refuse(
      ["--from"], when: recipe != .tokenizer && !(recipe.type is any StartingRecipe.Type),
      "with the recipe \(recipe.rawValue)")
    try arguments.refuse(
      ["--seed"], when: recipe == .tokenizer, "with the recipe tokenizer")
    try arguments.refuse(
      ["--tokenizer"], when: start != nil && recipe != .embedder,
      "with --from, whose model has a tokenizer")
  }

  func run() throws(Failure) -> Ending {
    common.apply()
    if let type = recipe.type { return try train(type) }
    if recipe == .spelling { try trainSpeller() } else { try trainTokenizer() }
    return .done
  }

  private func train(_ type: any SteppedRecipe.Type) throws(Failure) -> Ending {
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
      outcome = try type.resume(
        output: output, steps: steps, minutes: minutes, progress: progress)
    } else {
      outcome = try newRun(type).train(output: output, progress: progress)
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

  private func newRun(_ type: any SteppedRecipe.Type) throws(Failure) -> any SteppedRecipe {
    // The default corpora are of lines and far too large for documents that are all in memory.
    guard recipe != .bow || !data.isEmpty else {
      throw Failure(.usage, "expected --data FILE|FOLDER… (seqae train --help)")
    }
    guard !recipe.writesAnotherText || !data.isEmpty || !aligned.isEmpty else {
      throw Failure(
        .usage,
        "expected --data FILE:1,2 or --source FILE --target FILE (seqae train --help)")
    }
    let isGiven = !data.isEmpty || !aligned.isEmpty
    var recipe: any SteppedRecipe = type.init(
      data: try isGiven
        ? data.sources() + aligned.corpora(data.encoding) : DenoiserRecipe.defaultData(),
      splits: try splitsPath())
    recipe.tokenizer = tokenizer
    if let start, var starting = recipe as? any StartingRecipe {
      try starting.start(fromFolder: try ModelLocation.folder(named: start))
      recipe = starting
      recipe.tokenizer = tokenizer ?? starting.tokenizer
    }
    recipe.steps = steps
    recipe.minutes = minutes
    try configure(&recipe)
    return recipe
  }

  private func configure<Own: SteppedRecipe>(_ recipe: inout Own) throws(Failure) {
    recipe.configuration = try settings(recipe.configuration)
  }

  /// The options that were given and that a resumed run has values of its own for.
  private var ignoredOnResuming: [String] {
    let given = [
      ("--data", !data.isEmpty), ("--source", !aligned.isEmpty),
      ("--target", !aligned.isEmpty), ("--config", configurationFile != nil),
      ("--set", !assignments.isEmpty), ("--tokenizer", tokenizer != nil),
      ("--from", start != nil),
      ("--splits", splits != nil), ("--precision", precision != nil), ("--seed", seed != nil),
    ]
    return given.filter(\.1).map(\.0)
  }

  private func trainSpeller() throws(Failure) {
    let progress = Progress(common.quiet ? .silent : nil)
    var recipe = SpellerRecipe(
      data: try data.isEmpty ? SpellerRecipe.defaultData() : data.sources(),
      splits: try splitsPath())
    recipe.configuration = try settings(of: SpellerConfiguration())
    if let seed { try recipe.configuration.set("seed=\(seed)") }
    try recipe.train(output: output, progress: progress)
    progress.note("\(output): done")
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
    let start = try start.map { name throws(Failure) in
      Path.join(try ModelLocation.folder(named: name), "tokenizer.json")
    }
    let tokenizer = try TokenizerRecipe.run(
      sources, splits: splits, configuration, from: start, output: path,
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

  /// Those that all recipes have, from `seed` on, whose defaults are others than those of `others`.
  fileprivate static func changes<Other: Configurable>(from others: Other) -> String {
    let own = Self()
    return settings.drop { $0.name != "seed" }.compactMap { setting in
      let value = own.valueText(of: setting)
      let same = Other.settings.first { $0.name == setting.name }.map { others.valueText(of: $0) }
      return value == same ? nil : "\(setting.name)=\(value)"
    }.joined(separator: " ")
  }

  /// The value of a setting as a person would type it.
  fileprivate func valueText(of setting: Setting<Self>) -> String {
    guard let value = json[ByteString(setting.name)] else { return "" }
    if let word = value.stringValue { return word.string }
    return value.doubleValue?.argument ?? ""
  }
}
