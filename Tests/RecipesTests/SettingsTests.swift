import SeqaeFiles
import SeqaeRecipes
import SeqaeText
import SeqaeTraining
import Testing

@Test func assignmentsChangeTheirValueAndNoOther() throws {
  var configuration = DenoiserConfiguration()
  try configuration.set("width=128")
  try configuration.set("learning_rate=5e-4")
  try configuration.set("decay=inverse_sqrt")
  try configuration.set("dropout=spatial")
  var expected = DenoiserConfiguration()
  expected.transformer.width = 128
  expected.learningRate = 5e-4
  expected.decay = .inverseSquareRoot
  expected.latentNoise.dropout = .spatial
  #expect(configuration == expected)
}

@Test func everySettingIsWrittenOutAndReadBack() throws {
  var configuration = DenoiserConfiguration()
  configuration.transformer.width = 24
  configuration.transformer.heads = 3
  configuration.floor = 0.125
  configuration.decay = .linear
  let bytes = configuration.json.serialized()
  var again = DenoiserConfiguration()
  try again.apply(try JSON.parse(bytes, name: "c"), name: "c")
  #expect(again == configuration)
  #expect(configuration.json.objectValue?.count == DenoiserConfiguration.settings.count)
  #expect(
    Set(DenoiserConfiguration.settings.map(\.name)).count == DenoiserConfiguration.settings.count)
}

@Test(arguments: [
  ("cosine", Schedule.Decay.cosine(floor: 0.25)), ("linear", .linear(floor: 0.25)),
  ("inverse_sqrt", .inverseSquareRoot), ("constant", .constant),
])
func everyScheduleHasAName(_ name: String, _ decay: Schedule.Decay) throws {
  var configuration = DenoiserConfiguration()
  for assignment in ["decay=\(name)", "floor=0.25", "learning_rate=0.5", "warmup_steps=3"] {
    try configuration.set(assignment)
  }
  #expect(configuration.training.schedule == Schedule(peak: 0.5, warmup: 3, decay: decay))
}

@Test func trainingNoiseIsTheLibrarysOwnUnlessItIsSet() throws {
  var configuration = DenoiserConfiguration()
  #expect(configuration.noise == DenoiserNoise.Configuration())
  try configuration.set("beside_spaces=0.5")
  #expect(configuration.noise.insertions.besideSpaces == 0.5)
}

@Test func everyStoredValueHasASetting() {
  #expect(storedValues(DenoiserConfiguration()) == DenoiserConfiguration.settings.count)
  #expect(storedValues(ElectraConfiguration()) == ElectraConfiguration.settings.count)
  #expect(storedValues(ClassifierConfiguration()) == ClassifierConfiguration.settings.count)
}

@Test func aCommonSettingIsTheConfigurationsOwn() throws {
  var configuration = ElectraConfiguration()
  try configuration.set("learning_rate=0.5")
  #expect(configuration.learningRate == 0.5 && configuration.training.learningRate == 0.5)
  configuration.batchTokens = 77
  #expect(configuration.json["batch_tokens"] == .integer(77))
}

@Test func aFolderIsKeptFromTheRoot() throws {
  var configuration = DenoiserConfiguration()
  try configuration.set("replacements=runs/electra")
  #expect(configuration.replacements == Path.absolute("runs/electra"))
  try configuration.set("replacements=12")
  #expect(configuration.replacements == Path.absolute("12"))
  try configuration.set("replacements=")
  #expect(configuration.replacements.isEmpty)
}

@Test(arguments: [
  ("widht=128", "did you mean width?"), ("learning-rate=1", "did you mean learning_rate?"),
  ("zzzzzzzzzz=1", "width, heads"), ("width", "key=value"), ("width=abc", "expected an integer"),
  ("width=1.5", "found 1.5"), ("width=0", "8 … 4096"), ("dropout_rate=2", "0.0 … 0.9"),
  ("dropout=", "found \"\""), ("dropout=0.1", "none, standard, spatial"),
  ("decay=linar", "cosine, linear, inverse_sqrt, constant"),
  ("seed=99999999999999999999", "an integer"), ("sublayer_dropout=nan", "a number"),
])
func unfitAssignmentsAreUsageErrorsThatSayWhatWouldFit(_ text: String, _ part: String) {
  var configuration = DenoiserConfiguration()
  let failure = #expect(throws: Failure.self) { try configuration.set(text) }
  #expect(failure?.kind == .usage)
  #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
  #expect(configuration == DenoiserConfiguration())
}

@Test func unfitFilesAreDataErrorsThatNameTheFile() throws {
  var configuration = DenoiserConfiguration()
  for text in [#"{"widht": 1}"#, #"{"width": "many"}"#, "[1]"] {
    let json = try JSON.parse(utf8(text), name: "f.json")
    let failure = #expect(throws: Failure.self) {
      try configuration.apply(json, name: "f.json")
    }
    #expect(failure?.kind == .data)
    #expect(failure?.message.hasPrefix("f.json: ") == true)
  }
}
