import SeqaeFiles
import Testing

/// `seqae cluster` from outside.
struct ClusterTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func cluster(_ arguments: String...) throws -> Program.Outcome {
    let words = (["cluster"] + arguments).map { Array($0.utf8) }
    return try Program.run(Program.path, words, in: scratch.path)
  }

  /// The labels that were printed, renamed in the order in which they occur.
  private func labels(_ outcome: Program.Outcome) -> [Int] {
    var names: [Substring: Int] = [:]
    return outcome.text.split(separator: "\n").map { line in
      let name = names[line] ?? names.count
      names[line] = name
      return name
    }
  }

  // Two groups, far from each other: around 0 and around 100.
  private static let vectors: [Double] = [0, 1, 100, 101, 1, 0, 101, 100, 0, 0, 100, 100]
  private static let groups = [0, 1, 0, 1, 0, 1]
  private static let lines = "[0, 1]\n[100, 101]\n[1, 0]\n[101, 100]\n[0, 0]\n[100, 100]\n"

  @Test func vectorsOfEachFormatAreTheSame() throws {
    let npy = Path.join(scratch.path, "a.npy")
    try NPYWriter.write(npy, doubles: Self.vectors, shape: [6, 2])
    try scratch.write("a.jsonl", Self.lines)
    let objects = Self.lines.split(separator: "\n").map { "{\"text\": \"x\", \"vector\": \($0)}\n" }
    try scratch.write("b.jsonl", objects.joined())
    try scratch.write("c.jsonl", objects.joined().replacing("vector", with: "code"))
    for file in ["a.npy", "a.jsonl", "b.jsonl", "c.jsonl:code"] {
      for method in ["kmeans", "gmm"] {
        let outcome = try cluster(file, "--clusters", "2", "--method", method)
        #expect(outcome.code == 0 && outcome.message.isEmpty, "\(outcome.message)")
        #expect(labels(outcome) == Self.groups, "\(file) \(method)")
      }
    }
  }

  @Test func textsAreComparedByTheirTerms() throws {
    let lines = [
      "sport\tthe team won the match", "money\tthe bank lends money",
      "sport\tmatch lost by the team",
      "money\tmoney of a bank", "sport\t",
    ]
    try scratch.write("texts.tsv", lines.joined(separator: "\n") + "\n")
    let outcome = try cluster("texts.tsv:2", "--clusters", "2", "--json")
    #expect(outcome.code == 0)
    let found = outcome.text.split(separator: "\n").map { String($0) }
    #expect(
      found.count == 5 && found[0] == found[2] && found[1] == found[3] && found[0] != found[1])
    let json = try JSON.parse(Array(found[0].utf8), name: "line")
    #expect(json["cluster"]?.intValue != nil && json["probability"] == nil)
    let characters = try cluster("texts.tsv:2", "--clusters", "2", "--terms", "characters")
    #expect(characters.code == 0 && characters.text.split(separator: "\n").count == 5)
  }

  @Test func clustersAreComparedWithClasses() throws {
    try scratch.write("a.jsonl", Self.lines)
    try scratch.write("classes.txt", "low\nhigh\nlow\nhigh\nlow\nlow\n")
    let outcome = try cluster(
      "a.jsonl", "--clusters", "2", "--labels", "classes.txt", "--output", "out.txt", "--json")
    #expect(outcome.code == 0)
    let json = try JSON.parse(outcome.output, name: "output")
    let metrics = try #require(json["metrics"])
    // Of six, the last is in the wrong company.
    let accuracy = try #require(metrics["accuracy"]?.doubleValue)
    let purity = try #require(metrics["purity"]?.doubleValue)
    #expect(json["task"] == "cluster" && abs(accuracy - 5.0 / 6) < 1e-12 && purity == accuracy)
    // 5/9 + 5/9 + 2/9 in each group.
    let inertia = try #require(metrics["inertia"]?.doubleValue)
    #expect(abs(inertia - 8.0 / 3) < 1e-9)
    let written = try scratch.read("out.txt")
    #expect(written.count { $0 == 0x0A } == 6)
    let table = try cluster("a.jsonl", "--clusters", "2", "--labels", "classes.txt")
    #expect(table.text.contains("accuracy") && table.text.contains("0.8333"))
  }

  @Test func theSeedDecides() throws {
    try scratch.write("a.jsonl", (0..<40).map { "[\($0 * $0 % 37), \($0 * 7 % 11)]\n" }.joined())
    let runs = try (0..<2).map { _ in
      try cluster("a.jsonl", "--clusters", "5", "--starts", "1", "--seed", "3")
    }
    #expect(runs[0].code == 0 && runs[0].text == runs[1].text)
  }

  @Test func whatCanNotBeClusteredIsRefusedInOneLine() throws {
    try NPYWriter.write(Path.join(scratch.path, "row.npy"), floats: [1, 2], shape: [2])
    try NPYWriter.write(
      Path.join(scratch.path, "nan.npy"), floats: [1, .nan, 0, 1], shape: [2, 2])
    try scratch.write("a.jsonl", Self.lines)
    try scratch.write("ragged.jsonl", "[1, 2]\n[3]\n")
    try scratch.write("words.jsonl", "[1, 2]\n[\"a\", 2]\n")
    try scratch.write("mixed.jsonl", "[1, 2]\n{\"text\": \"a\"}\n")
    try scratch.write("texts.txt", "a b\na c\n")
    try scratch.write("apart.txt", "a\nb\n")
    try scratch.write("empty.txt", "")
    try scratch.write("fake.npy", "1 2\n")
    for (arguments, code, part) in [
      (["a.jsonl"], 64, "expected --clusters K"),
      (["a.jsonl", "--clusters", "7"], 65, "a.jsonl: expected at least as many"),
      (["no such.npy", "--clusters", "1"], 66, "no such.npy"),
      (["row.npy", "--clusters", "1"], 65, "the shape [2]"),
      (["nan.npy", "--clusters", "1"], 65, "vector 1 has"),
      (["fake.npy", "--clusters", "1"], 65, "is no .npy file"),
      (["ragged.jsonl", "--clusters", "1"], 65, "line 2: expected 2 numbers"),
      (["words.jsonl", "--clusters", "1"], 65, "line 2: expected a vector of numbers"),
      (["mixed.jsonl", "--clusters", "1"], 65, "line 2: expected a vector, as"),
      (["empty.txt", "--clusters", "1"], 65, "nothing to cluster"),
      (["apart.txt", "--clusters", "1"], 65, "apart.txt: no two texts"),
      (["texts.txt", "--clusters", "1", "--method", "gmm"], 64, "gmm takes vectors"),
      (["a.jsonl", "--clusters", "2", "--labels", "texts.txt"], 65, "each of the 6"),
      (["a.jsonl", "--clusters", "2", "--covariance", "full"], 64, "--covariance changes nothing"),
      (["a.jsonl", "--clusters", "0"], 64, "--clusters: expected 1 to"),
    ] as [([String], Int32, String)] {
      let words = (["cluster"] + arguments).map { Array($0.utf8) }
      let outcome = try Program.run(Program.path, words, in: scratch.path)
      #expect(outcome.code == code && outcome.failedInOneLine, "\(arguments): \(outcome.message)")
      #expect(outcome.message.contains(part), "\(outcome.message)")
    }
  }
}
