import SeqaeFiles
import Testing

/// Clusters of codes and a diffusion model of them, from an autoencoder that has learned nothing.
struct ClusterModelTests {
  private let models: TinyLatent
  private let scratch: Scratch

  init() throws {
    models = try TinyLatent.made.get()
    scratch = try Scratch()
  }

  private static let settings = [
    "vade": ["clusters=2", "validation_lines=5", "batch_tokens=256"],
    "dec": ["clusters=2", "refresh_steps=2", "validation_lines=5", "batch_tokens=256"],
    "diffusion": [
      "denoiser_width=8", "sampling_steps=4", "validation_lines=5", "batch_tokens=256",
    ],
  ]

  private func train(
    _ recipe: String, _ run: String, _ more: [String], from start: String? = nil
  ) throws -> Program.Outcome {
    let model = try TinyModel.made.get()
    let words =
      [
        "train", recipe, "--data", model.corpus, "--splits", model.splits, "--output", run,
        "--quiet",
      ]
      + (start.map { ["--from", $0] } ?? []) + more + ["--set"] + (Self.settings[recipe] ?? [])
    return try Program.run(Program.path, words.map { Array($0.utf8) }, in: scratch.path)
  }

  private func run(_ words: String...) throws -> Program.Outcome {
    try Program.run(Program.path, words.map { Array($0.utf8) }, in: scratch.path)
  }

  @Test(arguments: ["vade", "dec", "diffusion"])
  func aRunThatEndedGoesOn(_ recipe: String) throws {
    let half = try train(recipe, "run", ["--steps", "2"], from: models.autoencoder)
    #expect(half.code == 0, "\(half.message)")
    let before = try scratch.read("run/model.safetensors")
    let rest = try run("train", recipe, "--output", "run", "--resume", "--steps", "4", "--quiet")
    #expect(rest.code == 0, "\(rest.message)")
    #expect(try scratch.text("run/log.jsonl").contains("{\"step\":4,"))
    #expect(try scratch.read("run/model.safetensors") != before)
  }

  @Test(arguments: ["vade", "dec"])
  func clustersAreComparedWithClasses(_ recipe: String) throws {
    #expect(try train(recipe, "run", ["--steps", "2"], from: models.autoencoder).code == 0)
    let labelled = try TinyModel.made.get().labelled
    let words = [
      "evaluate", "cluster", "--model", "run", "--data", "\(labelled):2", "--labels", "1", "--json",
    ]
    let outcome = try Program.run(Program.path, words.map { Array($0.utf8) }, in: scratch.path)
    #expect(outcome.code == 0, "\(outcome.message)")
    let rows = try outcome.text.split(separator: "\n").map {
      try JSON.parse(Array($0.utf8), name: "output")
    }
    #expect(
      rows.map { $0["by"]?.stringValue?.string } == [
        "its clusters", "k-means on codes", "k-means on TF-IDF",
      ])
    for row in rows {
      #expect(row["clusters"]?.intValue == 2)
      // Of two classes, as frequent one as the other, whatever clusters have half of the texts right at least.
      #expect(try (0.5...1).contains(#require(row["accuracy"]?.doubleValue)))
      #expect(try (0...1).contains(#require(row["nmi"]?.doubleValue)))
    }
    // Where clusters are the autoencoder's k-means alone, there is no row of its own.
    let plain = try run(
      "evaluate", "cluster", "--model", models.autoencoder, "--data", "\(labelled):2", "--labels",
      "1")
    #expect(plain.code == 0, "\(plain.message)")
    #expect(plain.text.contains("k-means on codes") && !plain.text.contains("its clusters"))
  }

  @Test(arguments: ["vade", "diffusion"])
  func newTextsAreDrawn(_ recipe: String) throws {
    #expect(try train(recipe, "run", ["--steps", "2"], from: models.autoencoder).code == 0)
    let drawn = try run("sample", "--model", "run", "--count", "3", "--seed", "7")
    #expect(drawn.code == 0, "\(drawn.message)")
    #expect(drawn.text.split(separator: "\n", omittingEmptySubsequences: false).count == 4)
    #expect(try run("sample", "--model", "run", "--count", "3", "--seed", "7").text == drawn.text)
  }

  @Test(arguments: ["vade", "dec", "diffusion"])
  func whatIsNoAutoencoderIsRefused(_ recipe: String) throws {
    let none = try train(recipe, "run", [])
    #expect(none.code == 64)
    #expect(none.message.contains("expected --from RUN, that of an autoencoder"))
    let vae = try train(recipe, "run", [], from: models.vae)
    #expect(vae.code == 65)
    #expect(vae.message.contains("\(models.vae): expected an autoencoder's run"))
    let absent = try train(recipe, "run", [], from: "nothing")
    #expect(absent.code == 66, "\(absent.message)")
    #expect(absent.message.contains("nothing"))
    #expect(!Path.exists(scratch("run")))
  }

  @Test func moreClustersThanTextsAreRefused() throws {
    let words = ["--steps", "2", "--set", "clusters=5000"]
    let model = try TinyModel.made.get()
    let outcome = try Program.run(
      Program.path,
      ([
        "train", "vade", "--data", model.corpus, "--splits", model.splits, "--output", "run",
        "--quiet", "--from", models.autoencoder,
      ] + words).map { Array($0.utf8) }, in: scratch.path)
    #expect(outcome.code == 65)
    #expect(outcome.message.contains("fewer than 5000"), "\(outcome.message)")
  }

  @Test func clustersNeedClassesToBeComparedWith() throws {
    let outcome = try run(
      "evaluate", "cluster", "--model", models.autoencoder, "--data",
      try TinyModel.made.get().labelled)
    #expect(outcome.code == 64)
    #expect(outcome.message.contains("--labels COLUMN"))
  }
}
