/// The rooms of the house and which rooms each may use: Documentation/Architecture.md as a table.
enum House {
  /// What each target of `Sources` and `Benchmarks` may import, beside what every Swift file may.
  static let arrows: [String: Set<String>] = [
    "CKernels": [],
    "CICU": [],
    "CUTF8Proc": [],
    "CZlib": [],
    "CSQLite": [],
    "CPQ": [],
    "COneDNN": [],
    "CBenchmarks": [],
    "SeqaeFiles": ["CZlib"],
    "SeqaeRandom": [],
    "SeqaeTensors": ["CKernels", "SeqaeRandom"],
    "SeqaeLayers": ["SeqaeTensors", "SeqaeFiles", "SeqaeRandom"],
    "SeqaeText": ["CICU", "CUTF8Proc", "SeqaeFiles", "SeqaeRandom"],
    "SeqaeModels": ["SeqaeLayers", "SeqaeTensors", "SeqaeText", "SeqaeFiles", "SeqaeRandom"],
    "SeqaeTraining": ["SeqaeLayers", "SeqaeTensors", "SeqaeFiles", "SeqaeRandom"],
    "SeqaeLatentSpace": ["SeqaeTensors", "SeqaeRandom"],
    "SeqaeRetrieval": ["CKernels", "SeqaeText", "SeqaeFiles", "SeqaeRandom", "CSQLite", "CPQ"],
    "SeqaeRecipes": [
      "SeqaeLatentSpace", "SeqaeRetrieval", "SeqaeTraining", "SeqaeModels", "SeqaeLayers",
      "SeqaeTensors", "SeqaeText", "SeqaeFiles", "SeqaeRandom",
    ],
    "SeqaeBenchmarks": [
      "SeqaeRetrieval", "SeqaeTraining", "SeqaeModels", "SeqaeLayers", "SeqaeTensors", "SeqaeText",
      "SeqaeFiles", "SeqaeRandom", "CKernels", "CBenchmarks", "COneDNN",
    ],
    "seqae": [
      "SeqaeBenchmarks", "SeqaeRecipes", "SeqaeLatentSpace", "SeqaeRetrieval", "SeqaeTraining",
      "SeqaeModels", "SeqaeLayers", "SeqaeTensors", "SeqaeText", "SeqaeFiles", "SeqaeRandom",
    ],
  ]

  /// What every Swift file may import. Not Foundation: it costs tens of milliseconds of
  /// every process's start.
  static let everywhere: Set<String> = ["Glibc", "Synchronization"]

  /// The folders whose targets the house has.
  static let grounds = ["Sources", "Benchmarks"]

  /// The folder of a target.
  static func folder(of target: String) -> String {
    switch target {
    case "SeqaeBenchmarks": "Benchmarks"
    case "CBenchmarks": "Benchmarks/CBenchmarks"
    default: "Sources/" + (target.hasPrefix("Seqae") ? String(target.dropFirst(5)) : target)
    }
  }

  /// The arrows of a Swift file that point the wrong way, each as a sentence.
  static func wrongArrows(in text: String, path: String, target: String) -> [String] {
    guard let allowed = arrows[target] else { return ["\(path): the house has no room \(target)"] }
    return imports(of: text).filter { $0 != target && !allowed.union(everywhere).contains($0) }
      .map { "\(path): \(target) may not import \($0)" }
  }

  /// The modules that a Swift file imports.
  static func imports(of text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      var words = line.split(separator: " ")
      while let first = words.first, first.hasPrefix("@") || levels.contains(first) {
        words.removeFirst()
      }
      guard words.first == "import", words.count > 1 else { return nil }
      words.removeFirst()
      if words.count > 1, kinds.contains(words[0]) { words.removeFirst() }
      return words[0].split(separator: ".").first.map { String($0) }
    }
  }

  private static let levels: Set<Substring> = [
    "public", "package", "internal", "fileprivate", "private",
  ]
  private static let kinds: Set<Substring> = [
    "struct", "class", "enum", "protocol", "func", "let", "var", "typealias",
  ]

  /// The headers that a C file includes: those in quotes, and those in angle brackets.
  static func includes(of text: String) -> (own: [String], system: [String]) {
    var own: [String] = []
    var system: [String] = []
    for match in text.matches(of: /#\s*include\s*(?:"([^"]+)"|<([^>]+)>)/) {
      if let name = match.output.1 { own.append(String(name)) }
      if let name = match.output.2 { system.append(String(name)) }
    }
    return (own, system)
  }
}
