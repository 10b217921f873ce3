import SeqaeFiles
import SeqaeModels
import SeqaeRecipes
import SeqaeTraining
import TestSupport
import Testing

/// A recipe of a tiny ELECTRA.
private func smallElectra(steps: Int) throws -> SmallRun<ElectraRecipe> {
  try SmallRun(steps: steps, "generator_width=8", "generator_heads=1", "generator_layers=1")
}

extension SmallRun<ElectraRecipe> {
  /// A denoiser in the same folder whose lines the run `replacements` spoils.
  fileprivate func denoiser(steps: Int, replacements: String) throws -> Small {
    try Small(
      in: folder, steps: steps, "replacement_share=0.5", "replacement_rate=0.3",
      "replacements=\(folder(replacements))")
  }
}

@Test func aRunFromTextToADetectorThatCommandsLoad() throws {
  let small = try smallElectra(steps: 60)
  #expect(try small.train() == .finished)
  let log = try small.log()
  for term: ByteString in ["loss", "generator", "discriminator"] {
    let values = log.compactMap { $0[term]?.doubleValue }
    #expect(values.count == 60)
    let (early, late) = (values.prefix(5).reduce(0, +), values.suffix(5).reduce(0, +))
    #expect(late < 0.9 * early, "\(term)")
  }
  let validation = try #require(log.last { $0["validation"] != nil }?["validation"])
  let metrics = try #require(validation.objectValue?.members)
  #expect(
    metrics.map(\.key.string).prefix(7) == [
      "score", "generator_right", "own_auc", "own_f1", "threshold", "zh_look_alike_auc",
      "zh_look_alike_f1",
    ])
  #expect(metrics.count == 5 + 16)
  // Better than by chance, on replacements of its own generator and on noise.
  #expect(try #require(validation["own_auc"]?.doubleValue) > 0.6)
  #expect(try #require(validation["score"]?.doubleValue) > 0.55)
  let detector = try ElectraDirectory.load(small.folder("run"))
  let best = try #require(log.last { $0["best"]?.boolValue == true }?["validation"])
  #expect(detector.minimumSuspicion == best["threshold"]?.doubleValue)
  let training = try JSON.read(small.folder("run/training.json"))
  #expect(training["seqae_recipe"] == "electra")
  #expect(training["settings"] == small.recipe.configuration.json)
  #expect(try RunReport(small.folder("run")).html.contains("electra"))
  // What is not a denoiser is not taken for one, and the other way round.
  let denoiser = #expect(throws: Failure.self) { try DenoiserDirectory.load(small.folder("run")) }
  #expect(denoiser?.kind == .data)
  let other = #expect(throws: Failure.self) {
    try DenoiserRecipe.resume(output: small.folder("run"), progress: Progress(.silent))
  }
  #expect(other?.message.contains("train denoiser, found that of electra") == true)
}

@Test(arguments: [5, 6, 13])
func anInterruptedElectraEndsBitForBitLikeAWholeOne(_ stop: Int) throws {
  try smallElectra(steps: 15).expectResumedEndsLikeWhole(stop: stop)
}

@Test func placesThatLookDamagedAreNamedFromFrontToBack() throws {
  let small = try smallElectra(steps: 6)
  _ = try small.train()
  let detector = try ElectraDirectory.load(small.folder("run"))
  let text = "今天我们喜欢中文。 The cat"
  let all = detector.suspicions(in: [utf8(text), []], minimumSuspicion: 0)
  #expect(all.map(\.count) == [1, 0])  // neighbours are one place
  #expect(all[0][0].offset == 0 && all[0][0].text == utf8(text))
  #expect(detector.suspicions(in: [utf8(text)], minimumSuspicion: 1.1)[0].isEmpty)
  let scores = detector.model.suspicions(of: [utf8(text)])[0]
  let middle = Double(scores.sorted()[scores.count / 2])
  let some = detector.suspicions(in: [utf8(text)], minimumSuspicion: middle)[0]
  let scalars = Array(text.unicodeScalars)
  var named: Set<Int> = []
  for place in some {
    let own = Array(string(place.text).unicodeScalars)
    #expect(own == Array(scalars[place.offset..<(place.offset + own.count)]))
    named.formUnion(place.offset..<(place.offset + own.count))
  }
  #expect(named == Set(scores.indices.filter { Double(scores[$0]) >= middle }))
  #expect(some.map(\.offset) == some.map(\.offset).sorted() && named.count < scores.count)
}

@Test func aDenoiserLearnsFromReplacementsAndGoesOnBitForBit() throws {
  let small = try smallElectra(steps: 12)
  _ = try small.train("generator")
  let denoiser = try small.denoiser(steps: 8, replacements: "generator")
  try denoiser.expectResumedEndsLikeWhole(stop: 5)
  var without = denoiser
  try without.recipe.configuration.set("replacement_share=0")
  #expect(try without.train("without") == .finished)
  let name = "checkpoints/latest/model.safetensors"
  #expect(try small.bytes("whole/" + name) != small.bytes("without/" + name))

  // Another generator gives other examples: the run is refused.
  var other = small
  try other.recipe.configuration.set("learning_rate=2e-2")
  #expect(try denoiser.train("orphan", shouldStop: after(3)) == .interrupted)
  try Path.removeTree(small.folder("generator"))
  _ = try other.train("generator")
  let failure = #expect(throws: Failure.self) { try denoiser.resume("orphan") }
  #expect(failure?.kind == .data)
  #expect(failure?.message.contains("replacements of") == true)
}

@Test func replacementsWithoutAModelAreRefusedBeforeAFolderIsMade() throws {
  let small = try smallElectra(steps: 2)
  var denoiser = try small.denoiser(steps: 2, replacements: "nowhere")
  let missing = #expect(throws: Failure.self) { try denoiser.train() }
  #expect(missing?.kind == .missingInput)
  #expect(missing?.message.contains("seqae train electra") == true)
  try denoiser.recipe.configuration.set("replacements=")
  let unnamed = #expect(throws: Failure.self) { try denoiser.train() }
  #expect(unnamed?.kind == .usage)
  #expect(unnamed?.message.contains("replacements=RUN") == true)
  #expect(!Path.exists(small.folder("run")))
}

@Test(arguments: [("width=18", "heads=4"), ("generator_width=9", "generator_heads=2")])
func widthsThatTheirHeadsDoNotDivideAreRefused(_ width: String, _ heads: String) throws {
  var small = try smallElectra(steps: 2)
  try small.recipe.configuration.set(width)
  try small.recipe.configuration.set(heads)
  let failure = #expect(throws: Failure.self) { try small.train() }
  #expect(failure?.kind == .usage)
  #expect(failure?.message.contains(heads) == true)
  #expect(!Path.exists(small.folder("run")))
}

@Test func aDiscriminatorStartsWithTheEncoderOfADenoiser() throws {
  var small = try smallElectra(steps: 1)
  var denoiser = try small.denoiser(steps: 4, replacements: "none")
  try denoiser.recipe.configuration.set("replacement_share=0")
  #expect(try denoiser.train("denoiser") == .finished)
  let tokenizer = small.folder("denoiser/tokenizer.json")
  for assignment in ["learning_rate=1e-9", "encoder=\(small.folder("denoiser"))"] {
    try small.recipe.configuration.set(assignment)
  }
  small.recipe.tokenizer = tokenizer
  #expect(try small.train() == .finished)
  let (old, new) = (
    try DenoiserDirectory.load(small.folder("denoiser")).model,
    try ElectraDirectory.load(small.folder("run")).model
  )
  var compared = 0
  for parameter in new.parameters {
    guard let other = old.parameters.first(where: { $0.name == parameter.name }) else { continue }
    compared += 1
    let apart = zip(parameter.tensor.floats(), other.tensor.floats()).map { abs($0 - $1) }.max()
    #expect(apart ?? 0 < 1e-7, "\(parameter.name)")
  }
  #expect(compared == 4 + 16 + 2)  // embeddings, a layer, the last norm

  try small.recipe.configuration.set("width=32")
  let wide = #expect(throws: Failure.self) { try small.train("wide") }
  #expect(wide?.message.contains(", 32]") == true)
  try small.recipe.configuration.set("width=16")
  small.recipe.tokenizer = nil
  let strange = ["鼎", "鼐", "黼", "黻", "龠"].flatMap { rare in (1...9).map { "今天\(rare)\($0)。" } }
  small.recipe.data = [
    CorpusSource(path: try small.folder.put("other.txt", lines: sentences(600) + strange))
  ]
  let other = #expect(throws: Failure.self) { try small.train("other") }
  #expect(other?.message.contains("--tokenizer") == true)
  #expect(!Path.exists(small.folder("wide")) && !Path.exists(small.folder("other")))
}
