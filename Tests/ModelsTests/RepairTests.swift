import SeqaeModels
import SeqaeRandom
import SeqaeText
import TestSupport
import Testing

private func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A repair that changes `text` at random places.
private func randomRepair(of text: [UInt8], _ random: Random) -> Repair {
  let letters = Array("abc中国𠮷é".unicodeScalars)
  let scalars = Array(String(decoding: text, as: UTF8.self).unicodeScalars)
  func bytes(_ scalars: some Sequence<Unicode.Scalar>) -> [UInt8] {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return Array(String(view).utf8)
  }
  var edits: [Repair.Edit] = []
  var result: [Unicode.Scalar] = []
  var place = 0
  while place <= scalars.count {
    if random.chance(0.3) {
      let removed = scalars[place..<min(scalars.count, place + random.integer(below: 4))]
      let inserted = (0..<random.integer(below: 3)).map { _ in random.element(of: letters) }
      if Array(removed) != inserted {
        edits.append(
          Repair.Edit(
            offset: place, removed: bytes(removed), inserted: bytes(inserted),
            confidence: random.uniform()))
        result += inserted
        place += removed.count
      }
    }
    // What stays keeps an edit from the next one.
    if place < scalars.count { result.append(scalars[place]) }
    place += 1
  }
  return Repair(text: bytes(result), edits: edits, confidence: random.uniform())
}

/// What edits make of a text; nil where one does not take away what stands at its place.
private func applied(_ edits: some Sequence<Repair.Edit>, to text: [UInt8]) -> [UInt8]? {
  let scalars = Array(String(decoding: text, as: UTF8.self).unicodeScalars)
  var result = String.UnicodeScalarView()
  var place = 0
  for edit in edits {
    let removed = Array(String(decoding: edit.removed, as: UTF8.self).unicodeScalars)
    guard place <= edit.offset, edit.offset + removed.count <= scalars.count,
      Array(scalars[edit.offset..<edit.offset + removed.count]) == removed
    else { return nil }
    result.append(contentsOf: scalars[place..<edit.offset])
    result.append(contentsOf: String(decoding: edit.inserted, as: UTF8.self).unicodeScalars)
    place = edit.offset + removed.count
  }
  result.append(contentsOf: scalars[place...])
  return Array(String(result).utf8)
}

@Test func twoRepairsOneAfterTheOtherAreOne() {
  let random = Random(seed: 41)
  var changed = 0
  for _ in 0..<500 {
    let text = Array(
      String((0..<random.integer(below: 12)).map { _ in random.element(of: Array("ab中𠮷é")) }).utf8)
    let first = randomRepair(of: text, random)
    #expect(applied(first.edits, to: text) == first.text)
    let second = randomRepair(of: first.text, random)
    let both = first.followed(by: second, of: text)
    #expect(both.text == second.text)
    #expect(applied(both.edits, to: text) == second.text)
    for (edit, next) in zip(both.edits, both.edits.dropFirst()) {
      let end = edit.offset + String(decoding: edit.removed, as: UTF8.self).unicodeScalars.count
      #expect(end < next.offset, "neighbouring changes are one edit")
    }
    if both.edits.count > 1 { changed += 1 }
  }
  #expect(changed > 100)
}

@Test func whatASecondRepairTakesBackWasNeverThere() {
  let text = utf8("abc")
  let first = Repair(
    text: utf8("axbc"),
    edits: [Repair.Edit(offset: 1, removed: [], inserted: utf8("x"), confidence: 0.5)],
    confidence: 0.5)
  let second = Repair(
    text: text,
    edits: [Repair.Edit(offset: 1, removed: utf8("x"), inserted: [], confidence: 0.9)],
    confidence: 0.9)
  let both = first.followed(by: second, of: text)
  #expect(both == Repair(text: text, edits: [], confidence: 0.9))
}

@Test(arguments: [
  ("hello world", 0, "hello", "xyz12", true),  // half of ten letters
  ("hello world", 0, "hello w", "xyz12zz", false),
  ("teh", 0, "teh", "the", true),  // a few letters, whatever the line
  ("aaaaaaaaaaaa", 1, "aaaaaaaaaaa", "", true),  // repeated
  ("ＨＥＬＬＯ ＷＯＲＬＤ", 0, "ＨＥＬＬＯ ＷＯＲＬＤ", "HELLO WORLD", true),  // another form
  ("a,,,,,,,,,,,,,,,,b", 1, ",,,,,,,,,,,,,,,,", "", true),  // marks are no letters
  // More than four times what there was, and 64.
  ("", 0, "", String(repeating: ".", count: 65), false),
])
func aRepairThatMakesUpATextIsNotBelievable(
  _ text: String, _ offset: Int, _ removed: String, _ inserted: String, _ isBelievable: Bool
) throws {
  let edit = Repair.Edit(
    offset: offset, removed: utf8(removed), inserted: utf8(inserted), confidence: 1)
  let result = try #require(applied([edit], to: utf8(text)))
  let repair = Repair(text: result, edits: [edit], confidence: 1)
  #expect(repair.isBelievable(of: utf8(text)) == isBelievable)
}
