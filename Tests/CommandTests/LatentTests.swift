import SeqaeFiles
import Testing

/// The verbs on sentence codes, with models that have learned nothing.
struct LatentTests {
  private let models: TinyLatent
  private let scratch: Scratch

  init() throws {
    models = try TinyLatent.made.get()
    scratch = try Scratch()
  }

  private func run(_ words: String..., input: String = "") throws -> Program.Outcome {
    try Program.run(
      Program.path, words.map { Array($0.utf8) }, input: Array(input.utf8), in: scratch.path)
  }

  private static let texts = ["我们喜欢看书。", "", "They like tea.", "🙂 unseen"]

  // MARK: There and back

  @Test func decodingWhatWasEmbeddedReconstructs() throws {
    for model in [models.vae, models.autoencoder] {
      let input = Self.texts.joined(separator: "\n") + "\n"
      let direct = try run("reconstruct", "--model", model, input: input)
      #expect(direct.code == 0, "\(direct.message)")
      #expect(direct.text.split(separator: "\n", omittingEmptySubsequences: false).count == 5)
      let embedded = try run("embed", "--model", model, input: input)
      #expect(try run("decode", "--model", model, input: embedded.text).text == direct.text)
      for format in ["npy", "safetensors", "jsonl"] {
        let name = "vectors.\(format)"
        let made = try run(
          "embed", "--model", model, "--format", format, "--output", name, input: input)
        #expect(made.code == 0 && made.output.isEmpty, "\(made.message)")
        let read = try run("decode", "--model", model, name)
        #expect(read.text == direct.text, "\(name): \(read.message)")
      }
    }
  }

  @Test func aVectorHasATextAndAllItsValues() throws {
    let outcome = try run("embed", "--model", models.vae, "a", "b")
    let lines = outcome.text.split(separator: "\n")
    #expect(lines.count == 2)
    for (line, text) in zip(lines, ["a", "b"]) {
      let json = try JSON.parse(Array(line.utf8), name: "output")
      #expect(json["text"]?.stringValue == ByteString(text))
      #expect(json["vector"]?.arrayValue?.count == TinyLatent.size)
    }
    let unit = try run("embed", "--model", models.vae, "--normalize", "true", "a")
    let vector = try #require(
      try JSON.parse(unit.output, name: "output")["vector"]?.arrayValue
    ).compactMap(\.doubleValue)
    #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-6)
  }

  @Test func aTextIsEncodedAlikeWhateverItsNeighbours() throws {
    let alone = try run("embed", "--model", models.vae, "They like tea.").text
    let together = try run(
      "embed", "--model", models.vae, "他", "They like tea.", "Some people are busy")
    let vectors = try [alone, String(together.text.split(separator: "\n")[1])].map { line in
      try #require(
        try JSON.parse(Array(line.utf8), name: "output")["vector"]?.arrayValue
      ).compactMap(\.doubleValue)
    }
    #expect(zip(vectors[0], vectors[1]).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  // MARK: Drawing and moving

  @Test func aDrawDependsOnItsNumberAndTheSeedAlone() throws {
    func sample(_ count: String, _ seed: String) throws -> [Substring] {
      let outcome = try run("sample", "--model", models.vae, "--count", count, "--seed", seed)
      #expect(outcome.code == 0, "\(outcome.message)")
      return outcome.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    }
    let five = try sample("5", "3")
    #expect(five.count == 5)
    #expect(try sample("3", "3") == Array(five.prefix(3)))
    #expect(try sample("5", "4") != five)
    let none = try run("sample", "--model", models.autoencoder)
    #expect(none.code == 65)
    #expect(none.failedInOneLine)
    #expect(none.message.contains("seqae train vae"))
  }

  @Test func aLineBeginsAndEndsWithTheReconstructions() throws {
    let outcome = try run(
      "interpolate", "--model", models.vae, "--steps", "4", "We read.", "他们今天很忙。", "--json")
    #expect(outcome.code == 0, "\(outcome.message)")
    let lines = try outcome.text.split(separator: "\n").map {
      try JSON.parse(Array($0.utf8), name: "output")
    }
    #expect(lines.compactMap { $0["share"]?.doubleValue } == [0, 1.0 / 3, 2.0 / 3, 1])
    let ends = try run("reconstruct", "--model", models.vae, "We read.", "他们今天很忙。", "--json")
    let written = try ends.text.split(separator: "\n").map {
      try JSON.parse(Array($0.utf8), name: "output")["text"]
    }
    #expect([lines.first?["text"], lines.last?["text"]] == written)
  }

  @Test func aTraversalMovesOneValueAtATime() throws {
    let outcome = try run(
      "traverse", "--model", models.vae, "--steps", "3", "--from", "-1.5", "--to", "1.5", "We read."
    )
    #expect(outcome.code == 0, "\(outcome.message)")
    let lines = outcome.text.split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false)
    }
    let places = (0..<TinyLatent.size).flatMap { d in ["-1.5", "0", "1.5"].map { ["\(d)", $0] } }
    #expect(lines.map { $0.prefix(2).map(String.init) } == places)
    let one = try run(
      "traverse", "--model", models.vae, "We read.", "--steps", "2", "--dimensions", "2", "--json")
    #expect(one.text.split(separator: "\n").count == 2)
    let greedy = try run("traverse", "--model", models.vae, "--dimensions", "2", "We read.")
    #expect(greedy.code == 64)
    #expect(
      greedy.message
        == "seqae: expected TEXT: --dimensions takes all that follows: put texts before the option, "
        + "or -- between (seqae traverse --help)\n")
    let wrong = try run("traverse", "--model", models.vae, "We read.", "--dimensions", "4")
    #expect(wrong.code == 64)
    #expect(wrong.message.contains("0 to 3"))
  }

  // MARK: Metrics

  @Test func metricsHaveTheFieldsNames() throws {
    let corpus = try TinyModel.made.get().corpus
    func metrics(_ task: String, _ model: String, _ words: String...) throws -> [String: Double] {
      try metrics(task, model, words)
    }
    func metrics(_ task: String, _ model: String, _ words: [String]) throws -> [String: Double] {
      let outcome = try Program.run(
        Program.path,
        (["evaluate", task, "--model", model, "--limit", "12", "--json"] + words).map {
          Array($0.utf8)
        })
      #expect(outcome.code == 0, "\(outcome.message)")
      let json = try JSON.parse(outcome.output, name: "output")
      #expect(json["task"]?.stringValue == ByteString(task))
      let object = try #require(json["metrics"]?.objectValue)
      return Dictionary(
        uniqueKeysWithValues: object.members.map {
          ($0.key.string, $0.value.doubleValue ?? .nan)
        })
    }
    let common: Set = ["texts", "reconstruction", "bleu", "exact"]
    let bound: Set = ["kl", "elbo", "perplexity", "token_perplexity"]
    let drawn: Set = ["nll", "nll_standard_error", "mi"]
    let vae = try metrics("vae", models.vae, "--data", corpus, "--draws", "50")
    #expect(Set(vae.keys) == common.union(bound).union(drawn).union(["active_units"]))
    #expect(vae["texts"] == 12)
    let (elbo, nll, error) = (vae["elbo"] ?? 0, vae["nll"] ?? 0, vae["nll_standard_error"] ?? 0)
    #expect(abs(elbo + (vae["reconstruction"] ?? 0) + (vae["kl"] ?? 0)) < 1e-9)
    // The bound is below log p(x).
    #expect(nll < -elbo + 4 * error)
    let labelled = "\(try TinyModel.made.get().labelled):1,2"
    let cvae = try metrics("vae", models.conditional, "--data", labelled, "--draws", "2")
    #expect(Set(cvae.keys) == Set(vae.keys))
    let gaps: Set = [
      "elbo_per_sentence", "nll_per_sentence", "amortization_gap", "approximation_gap",
    ]
    let inference = ["--inference-steps", "20"]
    for (model, data, plain) in [
      (models.vae, corpus, vae), (models.conditional, labelled, cvae),
    ] {
      let draws = model == models.vae ? "50" : "2"
      let words = ["--data", data, "--draws", draws]
      let found = try metrics("vae", model, words + inference)
      #expect(Set(found.keys) == Set(plain.keys).union(gaps))
      // All else is measured as without.
      for (name, value) in plain { #expect(found[name] == value) }
      let bound = try #require(found["elbo"]) + #require(found["amortization_gap"])
      let own = try #require(found["elbo_per_sentence"])
      #expect(abs(bound - own) < 1e-9)
      let evidence = try own + #require(found["approximation_gap"])
      let surprisal = try #require(found["nll_per_sentence"])
      #expect(abs(evidence + surprisal) < 1e-9)
      #expect(try metrics("vae", model, words + inference) == found)
      #expect(try metrics("vae", model, words + inference + ["--seed", "1"]) != found)
    }
    let vqvae = try metrics("vae", models.discrete, "--data", corpus)
    #expect(
      Set(vqvae.keys) == common.union(bound).union(["usage", "codebook_perplexity"]))
    let plain = try metrics("vae", models.autoencoder, "--data", corpus)
    #expect(Set(plain.keys) == common.union(["active_units"]))
    let language = try metrics("lm", models.language, "--data", corpus)
    #expect(Set(language.keys) == ["texts", "nll", "perplexity", "token_perplexity"])
    for words in [
      ["evaluate", "vae", "--model", models.vae],
      ["evaluate", "vae", "--model", models.conditional, "--data", corpus],
      ["evaluate", "lm", "--model", models.language, "--data", corpus, "--draws", "3"],
    ] {
      let wrong = try Program.run(Program.path, words.map { Array($0.utf8) })
      #expect(wrong.code == 64, "\(words)")
      #expect(wrong.failedInOneLine)
    }
    let points = try Program.run(
      "evaluate", "vae", "--model", models.autoencoder, "--data", corpus, "--inference-steps", "3")
    #expect(points.code == 65 && points.failedInOneLine)
    #expect(points.message.contains("no posterior"))
    let other = try Program.run(
      "evaluate", "lm", "--model", models.vae, "--data", corpus)
    #expect(other.code == 65 && other.message.contains("train lm"))
  }

  // MARK: Failures

  @Test func aVectorThatDoesNotFitIsNamed() throws {
    for (line, word) in [
      ("[1, 2]", "2 values, the model's codes have 4"), ("[1, 2, 3, \"x\"]", "numbers"),
      ("{\"text\": \"a\"}", "vector"), ("nonsense", "line 2"), ("[1, 2, 3, 1e99]", "numbers"),
    ] {
      let outcome = try run("decode", "--model", models.vae, input: "[0, 0, 0, 0]\n\(line)\n")
      #expect(outcome.code == 65)
      #expect(outcome.failedInOneLine)
      #expect(outcome.message.contains("standard input, line 2"), "\(outcome.message)")
      #expect(outcome.message.contains(word), "\(outcome.message)")
    }
    try NPYWriter.write(scratch("wrong.npy"), floats: [1, 2, 3], shape: [1, 3])
    let npy = try run("decode", "--model", models.vae, "wrong.npy")
    #expect(npy.code == 65 && npy.message.contains("wrong.npy: its vectors have 3 values"))
    #expect(try run("decode", "--model", models.vae, "nowhere.npy").code == 66)
    #expect(try run("decode", "--model", models.vae, "a", "b").code == 64)
    #expect(try run("embed", "--model", models.vae, "--format", "npy", "a").code == 64)
  }

  @Test func aModelWithoutCodesIsRefused() throws {
    let denoiser = try TinyModel.made.get().path
    for verb in ["embed", "decode", "reconstruct", "sample"] {
      let wrong = try run(verb, "--model", denoiser)
      #expect(wrong.code == 65)
      #expect(wrong.failedInOneLine)
      #expect(wrong.message.contains("found a model of type \"mbart\""))
      #expect(try run(verb, "--model", "nowhere").code == 66)
      guard verb != "embed" else { continue }  // which has a shipped model
      let none = try run(verb)
      #expect(none.code == 64 && none.message.contains("--model"))
    }
    let converse = try run("denoise", "--model", models.vae, "a")
    #expect(converse.code == 65 && converse.failedInOneLine)
  }

  @Test(arguments: ["config.json", "model.safetensors", "tokenizer.json"])
  func aDamagedModelIsRefusedInOneLine(_ name: String) throws {
    let folder = scratch("model")
    try TinyLatent.copy(models.vae, to: folder)
    let whole = try scratch.read("model/\(name)")
    for count in [0, 9, whole.count / 2, whole.count - 3] {
      try scratch.write("model/\(name)", Array(whole.prefix(count)))
      let outcome = try run("embed", "--model", folder, "a")
      #expect(outcome.code == 65, "\(count) bytes")
      #expect(outcome.failedInOneLine)
      #expect(outcome.message.contains(name))
    }
    try Path.removeTree(scratch("model/\(name)"))
    let gone = try run("embed", "--model", folder, "a")
    #expect(gone.code == 66 && gone.message.contains(name))
  }

  // MARK: Classes and codebooks

  @Test func aConditionalModelIsToldAClass() throws {
    let model = models.conditional
    let texts = ["我们喜欢看书。", "They like tea."]
    func vectors(_ label: String) throws -> String {
      let outcome = try run("embed", "--model", model, "--label", label, texts[0], texts[1])
      #expect(outcome.code == 0, "\(outcome.message)")
      return outcome.text
    }
    let (zero, one) = (try vectors("0"), try vectors("1"))
    #expect(zero != one)
    let written = try run(
      "transfer", "--model", model, "--from", "0", "--to", "1", texts[0], texts[1])
    #expect(try run("decode", "--model", model, "--label", "1", input: zero).text == written.text)
    #expect(try run("sample", "--model", model, "--label", "1").code == 0)
    for words in [
      ["sample", "--model", model], ["sample", "--model", model, "--label", "2"],
      ["sample", "--model", models.vae, "--label", "1"],
      ["transfer", "--model", model, "--from", "0", "--to", "2", "a"],
      ["transfer", "--model", models.vae, "--from", "0", "--to", "1", "a"],
    ] {
      let wrong = try Program.run(Program.path, words.map { Array($0.utf8) })
      #expect(wrong.code == 64, "\(words): \(wrong.message)")
      #expect(wrong.failedInOneLine)
    }
    let unlabelled = try Program.run(
      "train", "cvae", "--data", try TinyModel.made.get().corpus, "--output", scratch("x"))
    #expect(unlabelled.code == 64)
    #expect(unlabelled.message.contains("FILE:CLASS,TEXT"))
  }

  @Test func aVQVAEsCodesAreNumbersOfItsCodebook() throws {
    let outcome = try run("codes", "--model", models.discrete, "They like tea.", "", "他们")
    #expect(outcome.code == 0, "\(outcome.message)")
    let lines = outcome.text.split(separator: "\n")
    #expect(lines.count == 3)
    for line in lines {
      let codes = line.split(separator: " ").map { Int($0) ?? -1 }
      #expect(codes.count == 2 && codes.allSatisfy { (0..<8).contains($0) })
    }
    let json = try run("codes", "--model", models.discrete, "--json", "他们")
    let object = try JSON.parse(json.output, name: "output")
    #expect(object["codes"]?.arrayValue?.count == 2)
    #expect(try run("sample", "--model", models.discrete, "--count", "3").code == 0)
    let direct = try run("reconstruct", "--model", models.discrete, "They like tea.")
    let embedded = try run("embed", "--model", models.discrete, "They like tea.")
    #expect(try run("decode", "--model", models.discrete, input: embedded.text).text == direct.text)
    let none = try run("codes", "--model", models.vae, "a")
    #expect(none.code == 65 && none.message.contains("train vqvae"))
  }

  // MARK: Training

  @Test func aRunGoesOnAndIsReportedLikeOthers() throws {
    for recipe in ["vae", "autoencoder", "cvae", "vqvae", "lm"] {
      let run = scratch(recipe)
      let first = try TinyLatent.train(recipe, run, ["--steps", "2", "--seed", "5", "--quiet"])
      #expect(first.code == 0, "\(first.message)")
      let resumed = try Program.run(
        "train", recipe, "--output", run, "--resume", "--steps", "3", "--quiet")
      #expect(resumed.code == 0, "\(resumed.message)")
      #expect(try Program.run("report", run).code == 0)
      let config = try JSON.read(Path.join(run, "config.json"))
      #expect(config["model_type"]?.stringValue == ByteString("seqae_\(recipe)"))
    }
  }

  @Test func aCodeThatSaysNothingIsReported() throws {
    let collapsed = try TinyLatent.train(
      "vae", scratch("collapsed"),
      ["--steps", "200", "--set", "beta=1000", "annealing=none", "learning_rate=1e-2"])
    #expect(collapsed.code == 0)
    #expect(collapsed.message.contains("posterior collapse: KL 0.0"))
    #expect(collapsed.message.contains("free_bits"))
  }

  // MARK: Distances

  @Test func theDistanceOfNoiseIsMeasured() throws {
    let lines = ["We read.\tWe read.", "Theyy like tea.\tThey like tea.", "\tThey like tea."]
    try scratch.write("pairs.tsv", lines.joined(separator: "\n"))
    let outcome = try run(
      "evaluate", "distance", "--model", models.autoencoder, "--data", "pairs.tsv", "--json")
    #expect(outcome.code == 0, "\(outcome.message)")
    let metrics = try #require(try JSON.parse(outcome.output, name: "output")["metrics"])
    #expect(metrics["pairs"]?.intValue == 2)
    #expect(metrics["texts"]?.intValue == 2)
    // Of two texts the clean one is the first or the second: 1/rank is 1 or 0.5.
    let inverse = try #require(metrics["reciprocal_rank"]?.doubleValue)
    let first = try #require(metrics["first"]?.doubleValue)
    #expect(abs(inverse - (0.5 + first / 2)) < 1e-9)
    #expect(metrics["within_10"]?.doubleValue == 1)
    #expect(try #require(metrics["distance"]?.doubleValue) > 0)
    // Two texts have one distance, which does not deviate.
    #expect(try #require(metrics["spread"]?.doubleValue) < 1e-6)
    // What the evaluation of texts says of the clean ones, of which one stands in two pairs.
    try scratch.write("clean.txt", "They like tea.\nThey like tea.\n")
    let own = try run(
      "evaluate", "vae", "--model", models.autoencoder, "--data", "clean.txt", "--json")
    let clean = try #require(
      try JSON.parse(own.output, name: "output")["metrics"]?["reconstruction"]?.doubleValue)
    let cost = try #require(metrics["reconstruction"]?.doubleValue)
    #expect(abs(cost - clean) < 1e-3 * clean)
    #expect(try #require(metrics["noisy_reconstruction"]?.doubleValue) != cost)
    #expect(metrics["pair_rank"] == nil)
    let single = try run(
      "evaluate", "distance", "--model", models.autoencoder, "--data", "pairs.tsv", "--pair",
      "忙", "忙", "--json")
    let pair = try #require(try JSON.parse(single.output, name: "output")["metrics"])
    // A third text, that lies where it is itself.
    #expect(pair["pair_rank"]?.doubleValue == 1)
    #expect(try #require(pair["pair_distance"]?.doubleValue) < 1e-6)
    let one = try run(
      "evaluate", "distance", "--model", models.autoencoder, "--data", "pairs.tsv", "--pair", "a")
    #expect(one.code == 64 && one.message.contains("--pair: expected a noisy and a clean text"))
    for (data, message) in [
      ("a\ta\nb\tb", "found 0 and 2"), ("aa\ta", "found 1 and 1"),
    ] {
      try scratch.write("pairs.tsv", data)
      let refused = try run(
        "evaluate", "distance", "--model", models.autoencoder, "--data", "pairs.tsv")
      #expect(refused.code == 65)
      #expect(refused.message.contains(message), "\(refused.message)")
    }
    try scratch.write("pairs.tsv", "aa\ta\nb\tb")
    let told = try run("evaluate", "distance", "--model", models.conditional, "--data", "pairs.tsv")
    #expect(told.code == 65)
    #expect(told.message.contains("told the classes"))
  }
}
