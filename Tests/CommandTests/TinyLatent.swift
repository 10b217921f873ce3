import Glibc
import SeqaeFiles

/// Models with sentence codes, and others, of a few thousand weights, each trained for three steps by the command itself.
struct TinyLatent: Sendable {
  /// The number of values of a code.
  static let size = 4
  /// The folder of a VAE, which is a training run's.
  let vae: String
  /// That of an autoencoder.
  let autoencoder: String
  /// That of a VAE that is told the classes 0 and 1.
  let conditional: String
  /// That of a VQ-VAE.
  let discrete: String
  /// That of a language model.
  let language: String
  /// That of a classifier of the classes 0 and 1.
  let classifier: String
  /// That of a translator that has been shown texts to copy, of English and Chinese.
  let translator: String
  /// That of a summarizer that has been shown texts to copy.
  let summarizer: String

  private let scratch: Scratch

  /// Those of this process, or why there are none.
  static let made = Result { try TinyLatent() }

  private init() throws {
    scratch = try Scratch()
    // What a static property holds is not deinitialised.
    atexit {
      if case .success(let models) = TinyLatent.made { try? Path.removeTree(models.scratch.path) }
    }
    (vae, autoencoder) = (scratch("vae"), scratch("autoencoder"))
    (conditional, discrete, language) = (scratch("cvae"), scratch("vqvae"), scratch("lm"))
    classifier = scratch("classifier")
    (translator, summarizer) = (scratch("translator"), scratch("summarizer"))
    for (recipe, path) in [
      ("vae", vae), ("autoencoder", autoencoder), ("cvae", conditional), ("vqvae", discrete),
      ("lm", language), ("classifier", classifier), ("translator", translator),
      ("summarizer", summarizer),
    ] {
      let outcome = try Self.train(recipe, path, ["--steps", "3", "--quiet"])
      guard outcome.code == 0 else { throw Unexpected("training failed: \(outcome.message)") }
    }
  }

  /// The settings of a recipe that make its model tiny.
  static func settings(_ recipe: String) -> [String] {
    let sizes =
      TinyModel.settings.filter { !$0.contains("coder_layers") } + ["validation_lines=5"]
    switch recipe {
    case "lm": return sizes + ["layers=1"]
    case "translator", "summarizer":
      let languages = ["languages=en,zh", "both_directions=yes"]
      return sizes + ["encoder_layers=1", "decoder_layers=1"]
        + (recipe == "translator" ? languages : [])
    case "classifier": return sizes + ["encoder_layers=1"]
    case "vqvae":
      return sizes + [
        "encoder_layers=1", "decoder_layers=1", "slots=2", "code_values=2", "codebook_size=8",
      ]
    default: return sizes + ["encoder_layers=1", "decoder_layers=1", "latent_size=\(size)"]
    }
  }

  /// Trains a tiny model on the corpus of the tiny denoiser.
  static func train(_ recipe: String, _ path: String, _ more: [String]) throws -> Program.Outcome {
    let model = try TinyModel.made.get()
    let data =
      switch recipe {
      case "cvae", "classifier": "\(model.labelled):1,2"
      case "translator", "summarizer": "\(model.labelled):2,2"
      default: model.corpus
      }
    let arguments =
      ["train", recipe, "--data", data, "--splits", model.splits, "--output", path] + more
      + ["--set"] + settings(recipe)
    return try Program.run(Program.path, arguments.map { Array($0.utf8) })
  }

  /// A copy that a test may damage.
  static func copy(_ model: String, to folder: String, more: [String] = []) throws {
    try Path.makeDirectories(folder)
    for name in ["config.json", "model.safetensors", "tokenizer.json"] + more {
      let file = try MappedFile(Path.join(model, name))
      try AtomicFile.write(Path.join(folder, name), bytes: Array(file.bytes))
      withExtendedLifetime(file) {}
    }
  }
}
