import SeqaeFiles
import SeqaeModels
import SeqaeRecipes
import SeqaeText
import SeqaeTraining
import TestSupport
import Testing

/// Lines of a class and a text of which one word in three tells it.
private func lines(_ count: Int) -> [String] {
  sentences(count, seed: 4).map { text in
    let isMusic = text.contains("music") || text.contains("音乐") || text.contains("电影")
    return "\(isMusic ? "art" : "other")\t\(text)"
  }
}

private func texts(_ folder: ScratchFolder, _ count: Int = 400) throws -> LabelledTexts {
  let path = try folder.put("texts.tsv", lines: lines(count))
  return try LabelledTexts(CorpusSource(path: path, field: .column(2)), label: 1)
}

@Test func labelledTextsAreTwoColumns() throws {
  let folder = ScratchFolder()
  let read = try texts(folder, 10)
  #expect(read.texts.map(string) == lines(10).map { String($0.split(separator: "\t")[1]) })
  #expect(Set(read.labels).isSubset(of: ["art", "other"]))
  func failure(_ source: CorpusSource, label: Int) -> Failure? {
    #expect(throws: Failure.self) { try LabelledTexts(source, label: label) }
  }
  let path = folder("texts.tsv")
  #expect(failure(CorpusSource(path: path), label: 1)?.kind == .usage)
  #expect(failure(CorpusSource(path: path, field: .column(1)), label: 1)?.kind == .usage)
  let few = failure(CorpusSource(path: path, field: .column(2)), label: 3)
  #expect(few?.kind == .data)
  #expect(few?.message.contains("texts.tsv: line 1: expected 3 columns or more, found 2") == true)
  let empty = CorpusSource(path: try folder.put("empty.tsv", lines: []), field: .column(2))
  #expect(failure(empty, label: 1)?.kind == .data)
}

@Test func aProbeAsksAboutTextsThatItHasNotLearntFrom() throws {
  let folder = ScratchFolder()
  let all = try texts(folder)
  let probe = try LinearProbe(all, test: nil)
  #expect(probe.training.count + probe.test.count == all.count)
  #expect(Set(probe.training.texts).isDisjoint(with: probe.test.texts))
  #expect(abs(probe.test.count - all.count / 5) < 40)  // 4.5 deviations of 80
  let given = try LinearProbe(probe.training, test: probe.test)
  #expect(given.training == probe.training && given.test == probe.test)

  let one = try folder.put("one.tsv", lines: ["art\ta", "art\tb"])
  let same = try LabelledTexts(CorpusSource(path: one, field: .column(2)), label: 1)
  #expect(throws: Failure.self) { try LinearProbe(same, test: same) }
  let other = try folder.put("other.tsv", lines: ["science\tc"])
  let strange = try LabelledTexts(CorpusSource(path: other, field: .column(2)), label: 1)
  let failure = #expect(throws: Failure.self) { try LinearProbe(all, test: strange) }
  #expect(failure?.message.contains("science") == true)
}

@Test func aProbeTellsWhatTheTokensTell() throws {
  let folder = ScratchFolder()
  let probe = try LinearProbe(try texts(folder), test: nil)
  var recipe = RewriterRecipe(
    data: [CorpusSource(path: try folder.put("corpus.txt", lines: sentences(300)))],
    splits: try folder.putSplits())
  recipe.steps = 1
  for assignment in [
    "width=32", "heads=2", "feed_forward=32", "encoder_layers=1", "decoder_layers=1",
    "vocabulary=1200", "batch_tokens=512", "window=128", "validation_lines=2",
  ] {
    try recipe.configuration.set(assignment)
  }
  _ = try recipe.train(
    output: folder("run"), progress: Progress(.silent), shouldStop: { false })
  let encoder = try ProbedEncoder.load(folder("run"))
  let figures = try probe.run(encoder, baselines: true, precision: .float32) { _ in }
  #expect(figures.map(\.name) == ["most frequent class", "bag of tokens", "untrained", "encoder"])
  let art = Double(probe.test.labels.count { $0 == "art" }) / Double(probe.test.count)
  #expect(figures[0].accuracy == max(art, 1 - art))
  #expect(figures[0].penalty == nil)
  // Letters of "music" are not those of "maps", characters of 音乐 in no other word.
  #expect(figures[1].accuracy > 0.95)
  #expect(figures[3].accuracy > figures[0].accuracy)
  for row in figures {
    let variance = row.accuracy * (1 - row.accuracy) / Double(probe.test.count)
    #expect(abs(row.standardError * row.standardError - variance) < 1e-12)
  }
  // Nothing is drawn: once more, the same.
  #expect(try probe.run(encoder, baselines: true, precision: .float32) { _ in } == figures)
  #expect(try probe.run(encoder, baselines: false, precision: .float32) { _ in } == [figures[3]])
}
