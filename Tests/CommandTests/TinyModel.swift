import Glibc
import SeqaeFiles

/// A denoiser of a few thousand weights, trained for three steps by the command itself.
///
/// It has learned nothing: no edit reaches the confidence that its configuration asks for, so it
/// gives back every text as it is, and with `--min-confidence 0` it edits at random.
struct TinyModel: Sendable {
  /// The folder of the model, which is a training run's.
  let path: String
  /// The corpus that it was trained on, and what of it was held out.
  let corpus: String
  let splits: String
  /// The same sentences in the second column of a table, and 0 or 1 in the first.
  let labelled: String

  private let scratch: Scratch

  /// The one of this process, or why there is none.
  static let made = Result { try TinyModel() }

  /// The settings that make it tiny.
  static let settings = [
    "width=16", "heads=2", "feed_forward=16", "encoder_layers=1", "decoder_layers=1",
    "positions=32", "vocabulary=1200", "batch_tokens=256", "warmup_steps=1",
  ]

  private init() throws {
    scratch = try Scratch()
    // What a static property holds is not deinitialised.
    atexit {
      if case .success(let model) = TinyModel.made { try? Path.removeTree(model.scratch.path) }
    }
    path = scratch("run")
    corpus = try scratch.write("corpus.txt", Self.lines.joined(separator: "\n"))
    labelled = try scratch.write(
      "labelled.tsv",
      Self.lines.enumerated().map { "\($0.offset % 2)\t\($0.element)" }.joined(separator: "\n"))
    splits = try scratch.write(
      "splits.json",
      """
      {"seqae_splits": 2, "modulus": 10, "test_below": 2, "development_below": 4, "lists": {}}
      """)
    let arguments =
      ["train", "denoiser", "--data", corpus, "--splits", splits, "--output", path, "--steps", "3"]
      + ["--set"] + Self.settings + ["--quiet"]
    let outcome = try Program.run(Program.path, arguments.map { Array($0.utf8) })
    guard outcome.code == 0 else { throw Unexpected("training failed: \(outcome.message)") }
  }

  /// A copy that a test may damage.
  func copy(to folder: String) throws {
    try TinyLatent.copy(path, to: folder, more: ["evidence.safetensors"])
  }

  /// Sentences of both languages, each once.
  private static var lines: [String] {
    var lines: [String] = []
    for who in ["我们", "他们", "老师", "朋友", "妈妈"] {
      for what in ["喜欢看书。", "今天很忙。", "去了北京。", "想喝茶。"] { lines.append(who + what) }
    }
    for who in ["We", "They", "My friends", "Some people", "The neighbours"] {
      for what in ["read many books.", "are busy today.", "went to London.", "like tea."] {
        lines.append("\(who) \(what)")
      }
    }
    return lines
  }
}
