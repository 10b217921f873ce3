import SeqaeFiles
import SeqaeRecipes
import TestSupport
import Testing

@Test func figuresAreThoseCountedByHand() throws {
  let pairs = [
    DenoisingPair(noisy: utf8("中，，国"), clean: utf8("中国")),
    DenoisingPair(noisy: utf8("h.e.llo"), clean: utf8("hello")),
    DenoisingPair(noisy: utf8("w_orld"), clean: utf8("world")),
  ]
  // Removes full stops and commas of both kinds, and the letter w.
  let (all, byLanguage) = try DenoisingEvaluation.run(pairs) { texts in
    texts.map { text in utf8(string(text).filter { !".，,w".contains($0) }) }
  }
  // Before: 2 + 2 + 1 errors in 2 + 5 + 5 characters. After: _orld for world, one substitution.
  #expect(all.pairs == 3)
  #expect(all.cerBefore == 5.0 / 12)
  #expect(all.cerAfter == 1.0 / 12)
  #expect(all.errorsCut == 1 - 1.0 / 5)
  #expect(all.exact == 2.0 / 3)
  // Of the three clean lines only world is changed: one false edit in 12 characters.
  #expect(all.cleanLines == 3)
  #expect(all.cleanUnchanged == 2.0 / 3)
  #expect(all.falseEditsPer1000 == 1000.0 / 12)
  #expect(byLanguage.map(\.0) == [.chinese, .english])
  #expect(byLanguage[0].1.errorsCut == 1)
  #expect(byLanguage[0].1.exact == 1)
  #expect(byLanguage[1].1.cerBefore == 3.0 / 10)
  #expect(byLanguage[1].1.falseEditsPer1000 == 100)
}

@Test func repairsAreScoredByTheirPlaceAndNotByTheirText() throws {
  // The noisy text of the second pair is the clean text of the first, with another repair.
  let pairs = [
    DenoisingPair(noisy: utf8("a,b"), clean: utf8("ab")),
    DenoisingPair(noisy: utf8("ab"), clean: utf8("a b")),
  ]
  let repairs = [
    DenoisingPair(noisy: utf8("ab"), clean: utf8("ab")),
    DenoisingPair(noisy: utf8("a b"), clean: utf8("a.b")),
  ]
  let (all, _) = DenoisingEvaluation.run(pairs, repairs: repairs)
  #expect(all.cerAfter == 0)
  #expect(all.exact == 1)
  #expect(all.cleanUnchanged == 0.5)
  #expect(all.falseEditsPer1000 == 200)  // 1 of 5
}

@Test func doingNothingCutsNothingAndSpoilsNothing() throws {
  let pairs = sentences(50).map { DenoisingPair(noisy: utf8("★" + $0), clean: utf8($0)) }
  let (all, _) = try DenoisingEvaluation.run(pairs) { $0 }
  #expect(all.errorsCut == 0)
  #expect(all.exact == 0)
  #expect(all.cleanUnchanged == 1)
  #expect(all.falseEditsPer1000 == 0)
}

@Test func pairsAreReadAndMisshapenLinesNamed() throws {
  let folder = ScratchFolder()
  let good = try folder.put("good.tsv", lines: ["a,b\tab", "中\t中"])
  #expect(
    try DenoisingPair.read(good) == [
      DenoisingPair(noisy: utf8("a,b"), clean: utf8("ab")),
      DenoisingPair(noisy: utf8("中"), clean: utf8("中")),
    ])
  for (lines, part) in [(["a\tb", "c"], "line 2"), (["a\tb\tc"], "3 columns"), ([], "none")] {
    let path = try folder.put("bad.tsv", lines: lines)
    let failure = #expect(throws: Failure.self) { try DenoisingPair.read(path) }
    #expect(failure?.kind == .data)
    #expect(failure?.message.contains(part) == true)
  }
  try AtomicFile.write(folder("raw.tsv"), bytes: [0x61, 0x09, 0xFF, 0x0A])
  #expect(throws: Failure.self) { try DenoisingPair.read(folder("raw.tsv")) }
}

@Test func noisySetsAreMadeOfTheirPartAndOfNothingElse() throws {
  let folder = ScratchFolder()
  let splits = try Splits(path: try folder.putSplits())
  let lines = sentences(500)
  let corpus = CorpusSource(path: try folder.put("c.txt", lines: lines + lines))
  func make(_ part: Splits.Part, seed: UInt64 = 1, limit: Int? = nil) throws -> [DenoisingPair] {
    try NoisySet.make([corpus], part: part, splits: splits, seed: seed, limit: limit) { _ in }
  }
  let test = try make(.test)
  let held = lines.filter { splits.part(of: utf8($0)) == .test }
  #expect(test.allSatisfy { $0.noisy != $0.clean && held.contains(string($0.clean)) })
  #expect(Set(test.map(\.clean)).count == test.count)
  // At 10 % of some twelve gaps or more some lines stay clean and are left out, few of them.
  #expect(Double(test.count) > 0.7 * Double(held.count))
  #expect(try make(.test) == test)
  #expect(try make(.test, seed: 2) != test)
  let some = try make(.test, limit: 5)
  #expect(some.count { $0.language == .chinese } == 5)
  #expect(some.count { $0.language == .english } == 5)
  // What a text gets doesn't depend on how many are asked for.
  #expect(some.allSatisfy(test.contains))
  // A line that looks noisy, and one that no noise changes, come with all lines only.
  let odd = try #require((0..<100).map { "x  \($0)" }.first { splits.part(of: utf8($0)) == .test })
  let other = CorpusSource(path: try folder.put("odd.txt", lines: [odd] + lines))
  func makeOther(_ allLines: Bool) throws -> [DenoisingPair] {
    try NoisySet.make(
      [other], part: .test, splits: splits, seed: 1, limit: nil, allLines: allLines
    ) { _ in }
  }
  #expect(try makeOther(false) == test)
  let everything = try makeOther(true)
  #expect(Set(everything.map { string($0.clean) }) == Set(held + [odd]))
  #expect(everything.contains { $0.noisy == $0.clean })
  #expect(test.allSatisfy(everything.contains))
  #expect(throws: Failure.self) {
    try NoisySet.make(
      [CorpusSource(path: try folder.put("empty.txt", lines: []))], part: .test,
      splits: splits, seed: 1, limit: nil
    ) { _ in }
  }
}
