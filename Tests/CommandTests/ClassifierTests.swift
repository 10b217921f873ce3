import SeqaeFiles
import Testing

/// `seqae classify` and `seqae evaluate classifier` from outside.
struct ClassifierTests {
  private let scratch: Scratch
  private let models: TinyLatent
  private let data: String
  private let splits: String

  init() throws {
    scratch = try Scratch()
    models = try TinyLatent.made.get()
    let model = try TinyModel.made.get()
    (data, splits) = ("\(model.labelled):1,2", model.splits)
  }

  private func run(_ words: [String], input: String = "") throws -> Program.Outcome {
    try Program.run(
      Program.path, words.map { Array($0.utf8) }, input: Array(input.utf8), in: scratch.path)
  }

  @Test func aLineIsAClassAndItsProbability() throws {
    let outcome = try run(
      ["classify", "--model", models.classifier], input: "我们喜欢看书。\n\nThey like tea.\n")
    #expect(outcome.code == 0 && outcome.message.isEmpty, "\(outcome.message)")
    let lines = outcome.text.split(separator: "\n")
    #expect(lines.count == 3)
    for line in lines {
      #expect(line.wholeMatch(of: /[01]\t(0\.[5-9]\d\d|1\.000)/) != nil, "\(line)")
    }
    let json = try run(["classify", "--model", models.classifier, "--json", "They like tea."])
    let object = try JSON.parse(json.output, name: "output")
    #expect(object["text"]?.stringValue == "They like tea.")
    let members = try #require(object["probabilities"]?.objectValue).members
    #expect(members.map(\.key) == ["0", "1"])
    let values = members.compactMap(\.value.doubleValue)
    #expect(abs(values.reduce(0, +) - 1) < 1e-6)
    #expect(object["probability"]?.doubleValue == values.max())
    #expect(lines[2].split(separator: "\t")[0] == (object["label"]?.stringValue?.string ?? ""))
  }

  @Test func whatAClassifierTakesForWhatIsATable() throws {
    let words = [
      "evaluate", "classifier", "--model", models.classifier, "--data", data, "--splits", splits,
    ]
    let json = try JSON.parse(try run(words + ["--json", "--quiet"]).output, name: "output")
    let count = try #require(json["metrics"]?["texts"]?.intValue)
    let confusion = try #require(json["confusion"]?.arrayValue).flatMap {
      $0.arrayValue?.compactMap(\.intValue) ?? []
    }
    #expect(confusion.count == 4 && confusion.reduce(0, +) == count && count > 0)
    let right = Double(confusion[0] + confusion[3]) / Double(count)
    #expect(json["metrics"]?["accuracy"]?.doubleValue == right)
    let table = try run(words)
    #expect(table.code == 0 && table.text.hasPrefix("\(count) texts: "), "\(table.message)")
  }

  @Test func oneCommandComparesMethodsAtSharesOfTheLabels() throws {
    let words = [
      "evaluate", "classifier", "--data", data, "--splits", splits, "--quiet", "--method",
      "naive-bayes", "logistic", "--labels-share", "0.1", "1",
    ]
    let table = try run(words + ["--terms", "characters"])
    #expect(table.code == 0 && table.message.isEmpty, "\(table.message)")
    let names = table.text.split(separator: "\n").map { $0.prefix { $0 != " " } }
    #expect(names == ["method", "naive-bayes", "logistic", "naive-bayes", "logistic"])
    let rows = try run(words + ["--json"]).text.split(separator: "\n").map {
      try JSON.parse(Array($0.utf8), name: "row")
    }
    #expect(rows.compactMap { $0["labels_share"]?.doubleValue } == [0.1, 0.1, 1, 1])
    let model = try run(
      [
        "evaluate", "classifier", "--data", data, "--splits", splits, "--json", "--quiet",
        "--method",
        "bayes-lm", "--model", models.conditional, "--draws", "2",
      ])
    let row = try JSON.parse(model.output, name: "row")
    #expect(row["labels_share"] == .null)
    #expect(row["metrics"]?["texts"] == rows[0]["metrics"]?["texts"])
  }

  @Test func whatIsMissingOrWrongIsNamed() throws {
    let evaluate = ["evaluate", "classifier", "--splits", splits]
    for (words, code, message) in [
      (evaluate + ["--model", models.classifier], 64, "expected --data FILE:CLASS,TEXT"),
      (
        evaluate + ["--data", data, "--method", "svm"], 64, "--method: expected one of naive-bayes"
      ),
      (
        evaluate + ["--data", data, "--method", "logistic", "--labels-share", "2"], 64,
        "--labels-share: expected 1e-06 to 1, found 2"
      ),
      (
        evaluate + ["--data", data, "--model", models.classifier, "--labels-share", "1"], 64,
        "--labels-share changes nothing without --method"
      ),
      (
        evaluate + ["--data", data, "--method", "logistic", "--model", models.classifier], 64,
        "--model changes nothing with methods that need no model"
      ),
      (
        evaluate + ["--data", data, "--method", "bayes-lm", "--model", models.autoencoder], 65,
        "bayes-lm: the model knows no class \"0\""
      ),
      (
        evaluate + ["--data", data, "--model", models.language], 65, "expected a classifier, found"
      ),
      (["classify", "--model", models.vae, "a"], 65, "expected a classifier, found"),
      (["classify", "--model", "absent/run", "a"], 66, "absent/run"),
      (["classify", "a"], 64, "expected --model"),
      (evaluate + ["--data", data], 64, "expected --model DIR|NAME"),
      (evaluate + ["--data", data, "--method", "bayes-lm"], 64, "expected --model DIR|NAME"),
      (["evaluate", "vae", "--data", data], 64, "expected --model DIR|NAME"),
      (["evaluate", "lm", "--data", data], 64, "expected --model DIR|NAME"),
      (
        ["evaluate", "cluster", "--data", data, "--labels", "3"], 64, "expected --model DIR|NAME"
      ),
    ] as [([String], Int32, String)] {
      let outcome = try run(words)
      #expect(outcome.code == code, "\(words) \(outcome.message)")
      #expect(outcome.failedInOneLine && outcome.message.contains(message), "\(outcome.message)")
    }
  }

  @Test(arguments: ["config.json", "model.safetensors", "tokenizer.json"])
  func aDamagedClassifierIsNamed(_ file: String) throws {
    let folder = scratch("damaged")
    try TinyLatent.copy(models.classifier, to: folder)
    try AtomicFile.write(Path.join(folder, file), bytes: Array("{}".utf8))
    let outcome = try run(["classify", "--model", folder, "a"])
    #expect(outcome.code == 65, "\(outcome.message)")
    #expect(outcome.failedInOneLine && outcome.message.contains(file))
    try Path.removeTree(Path.join(folder, file))
    let absent = try run(["classify", "--model", folder, "a"])
    #expect(absent.code == 66 && absent.message.contains(file), "\(absent.message)")
  }
}
