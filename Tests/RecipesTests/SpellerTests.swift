import SeqaeFiles
import SeqaeRandom
import SeqaeRecipes
import SeqaeText
import SeqaeTraining
import TestSupport
import Testing

/// Sentences of a small grammar in which some characters are mistaken, and clean ones of the same grammar.
private struct Course {
  let folder = ScratchFolder()
  var recipe: SpellerRecipe
  let tests: [DenoisingPair]

  private static func sentences(_ count: Int, seed: UInt64) -> [String] {
    let random = Random(seed: seed)
    let parts = [
      ["我们", "他们", "老师", "朋友", "医生", "同学"], ["今天", "明天", "晚上", "早上", "已经", "应该"],
      ["再", "不再", "正在", "还在", "一起"], ["看书", "回家", "学习", "唱歌", "说话", "上课"],
      ["吧", "了", "呢", "吗", "啊"], ["。", "！", "，好的。", "，谢谢你。", "，以后见。"],
    ]
    return (0..<count).map { _ in parts.map { random.element(of: $0) }.joined() }
  }

  private static let mistakes = [("们", "门"), ("再", "在"), ("应", "因"), ("吧", "把"), ("已", "己")]

  private static func spoilt(_ text: String, _ random: Random) -> String {
    let (right, wrong) = random.element(of: mistakes)
    return random.chance(0.7) ? text.replacing(right, with: wrong) : text
  }

  private static func pairs(_ count: Int, seed: UInt64) -> [(noisy: String, clean: String)] {
    let random = Random(seed: seed)
    return sentences(count, seed: seed + 1).map { (spoilt($0, random), $0) }
  }

  init() throws {
    let pairs = try folder.put(
      "pairs.tsv", lines: Self.pairs(900, seed: 10).map { "\($0.noisy)\t\($0.clean)" })
    let clean = try folder.put("clean.txt", lines: Self.sentences(2500, seed: 30))
    recipe = SpellerRecipe(
      data: [try CorpusSource(pairs + ":1,2"), CorpusSource(path: clean)],
      splits: try folder.putSplits(test: 0, development: 20))
    for assignment in [
      "epochs=6", "batch=128", "hidden=8", "candidates=8", "learning_rate=0.01",
    ] {
      try recipe.configuration.set(assignment)
    }
    tests = Self.pairs(200, seed: 50).map {
      DenoisingPair(noisy: utf8($0.noisy), clean: utf8($0.clean))
    }
  }
}

@Test func aSpellerLearnsWhatIsMistakenForWhat() throws {
  let course = try Course()
  let figures = try #require(
    try course.recipe.train(output: course.folder("run"), progress: Progress(.silent)))
  #expect(figures.correction.f1 > 0.7, "\(figures.correction.f1)")
  let speller = try SpellerDirectory.load(course.folder("run"))
  let repairs = speller.repair(
    course.tests.map(\.noisy), minimumConfidence: nil, precision: nil)
  let judged = SpellingEvaluation(course.tests, repaired: repairs.map(\.text))
  #expect(judged.correction.f1 > 0.7, "\(judged.correction.f1)")
  for (pair, repair) in zip(course.tests, repairs) {
    #expect(codePointCount(repair.text) == codePointCount(pair.noisy))
    // The edits are the differences, each of one character.
    var rebuilt = Array(string(pair.noisy).unicodeScalars)
    for edit in repair.edits {
      #expect(edit.removed == Array(String(rebuilt[edit.offset]).utf8))
      rebuilt[edit.offset] = try #require(string(edit.inserted).unicodeScalars.first)
      #expect(edit.confidence >= 0.5 && edit.confidence <= 1)
    }
    #expect(utf8(String(String.UnicodeScalarView(rebuilt))) == repair.text)
  }
  // Nothing is so sure.
  let unsure = speller.repair(course.tests.map(\.noisy), minimumConfidence: 1, precision: nil)
  #expect(zip(unsure, course.tests).allSatisfy { $0.text == $1.noisy })
}

@Test func aSpellerLeavesBytesThatItDoesNotKnow() throws {
  let course = try Course()
  try course.recipe.train(output: course.folder("run"), progress: Progress(.silent))
  let speller = try TextRepairers.load(course.folder("run"))
  let random = Random(seed: 3)
  let lines =
    [[], utf8("hello, 42"), utf8("👨‍👩‍👧 é 𠀀"), [0xFF, 0xE4, 0xB8]]
    + (0..<50).map { _ in (0..<30).map { _ in UInt8(random.integer(below: 256)) } }
  for (line, repair) in zip(
    lines, speller.repair(lines, minimumConfidence: nil, precision: nil))
  where repair.edits.isEmpty {
    #expect(repair.text == line)
  }
  // Longer than what is weighed at once, and cut nowhere.
  let long = utf8(String(repeating: "我们正在学习，", count: 400))
  let repair = speller.repair([long], minimumConfidence: nil, precision: nil)[0]
  #expect(codePointCount(repair.text) == codePointCount(long))
}

@Test func theSameSeedGivesTheSameSpeller() throws {
  let course = try Course()
  var other = course.recipe
  try other.configuration.set("seed=5")
  for (name, recipe) in [("a", course.recipe), ("b", course.recipe), ("c", other)] {
    try recipe.train(output: course.folder(name), progress: Progress(.silent))
  }
  for file in ["model.safetensors", "counts.safetensors", "config.json"] {
    let bytes = try ["a", "b"].map { try course.folder.bytes("\($0)/\(file)") }
    #expect(bytes[0] == bytes[1], "\(file)")
  }
  let weights = try ["a", "c"].map { try course.folder.bytes("\($0)/model.safetensors") }
  #expect(weights[0] != weights[1])
}

@Test func aSpellerNeedsPairsAndTextThatIsNoneOfTheirs() throws {
  let course = try Course()
  var recipe = course.recipe
  recipe.data = [course.recipe.data[1]]
  let alone = #expect(throws: Failure.self) { try recipe.train(output: course.folder("run")) }
  #expect(alone?.kind == .data && alone?.message.contains("pairs.tsv:1,2") == true)
  // The clean sides of the pairs are learnt from as if they had never been seen.
  recipe.data = [course.recipe.data[0], try CorpusSource(course.folder("pairs.tsv:2"))]
  let own = #expect(throws: Failure.self) { try recipe.train(output: course.folder("run")) }
  #expect(own?.kind == .data && own?.message.contains("clean text") == true)
  #expect(!Path.exists(course.folder("run")))
}

@Test func aFolderThatIsNoSpellerIsRefusedInOneLine() throws {
  let course = try Course()
  try course.recipe.train(output: course.folder("run"), progress: Progress(.silent))
  let again = #expect(throws: Failure.self) {
    try course.recipe.train(output: course.folder("run"), progress: Progress(.silent))
  }
  #expect(again?.kind == .cannotCreate)
  for name in ["counts.safetensors", "model.safetensors"] {
    let whole = try course.folder.bytes("run/" + name)
    let path = course.folder("run/" + name)
    try AtomicFile.write(path, bytes: Array(whole.dropLast(whole.count / 3)))
    let cut = #expect(throws: Failure.self) { try TextRepairers.load(course.folder("run")) }
    #expect(cut?.kind == .data && cut?.message.contains(name) == true)
    try Path.removeTree(path)
    let gone = #expect(throws: Failure.self) { try TextRepairers.load(course.folder("run")) }
    #expect(gone?.kind == .missingInput && gone?.message.contains(name) == true)
    try AtomicFile.write(path, bytes: whole)
  }
  let config = course.folder("run/config.json")
  let json = try #require(try JSON.read(config).objectValue)
  for (key, value) in [
    ("seqae_format", JSON.integer(9)), ("hidden", .integer(7)), ("candidates", .integer(0)),
    ("seqae_min_confidence", .number(2)),
  ] {
    var changed = json
    changed[ByteString(key)] = value
    try AtomicFile.write(config, bytes: JSON.object(changed).serialized())
    let failure = #expect(throws: Failure.self) { try TextRepairers.load(course.folder("run")) }
    #expect(failure?.kind == .data, "\(key)")
  }
}
