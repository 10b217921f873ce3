import SeqaeRandom
import SeqaeText
import Testing

/// Two replacements cost four, of which a mask saves one: the cost that `between` minimises.
private func cost(_ edits: [Edit], _ source: [TokenID], mask: TokenID?) -> Int {
  zip(edits, source).reduce(0) { sum, step in
    guard case .replace = step.0 else { return sum }
    return sum + (step.1 == mask ? 1 : 2)
  }
}

/// Every script that turns `source` into `target`, in canonical order: advance before delete.
private func allScripts(_ source: ArraySlice<TokenID>, _ target: ArraySlice<TokenID>) -> [[Edit]] {
  guard let token = source.first else { return target.isEmpty ? [[]] : [] }
  guard source.count >= target.count else { return [] }
  var scripts: [[Edit]] = []
  if let wanted = target.first {
    let edit: Edit = wanted == token ? .keep : .replace(wanted)
    scripts += allScripts(source.dropFirst(), target.dropFirst()).map { [edit] + $0 }
  }
  return scripts + allScripts(source.dropFirst(), target).map { [.delete] + $0 }
}

extension Random {
  fileprivate func tokens(_ count: Int, kinds: Int) -> [TokenID] {
    (0..<count).map { _ in TokenID(integer(below: kinds)) }
  }
}

@Suite struct EditScriptTests {
  @Test func applyingTheScriptGivesTheTarget() throws {
    let random = Random(seed: 10)
    for _ in 0..<2_000 {
      let kinds = 1 + random.integer(below: 6)
      let source = random.tokens(random.integer(below: 40), kinds: kinds)
      let target = random.tokens(random.integer(below: source.count + 1), kinds: kinds)
      let edits = try #require(EditScript.between(source, target))
      #expect(edits.count == source.count)
      #expect(EditScript.apply(edits, to: source) == target)
    }
  }

  @Test func theScriptIsTheFirstOfTheCheapest() {
    let random = Random(seed: 11)
    for _ in 0..<1_500 {
      let source = random.tokens(random.integer(below: 9), kinds: 3)
      let target = random.tokens(random.integer(below: source.count + 1), kinds: 3)
      for mask in [nil, TokenID(0)] {
        let scripts = allScripts(source[...], target[...])
        let lowest = scripts.map { cost($0, source, mask: mask) }.min()
        let expected = scripts.first { cost($0, source, mask: mask) == lowest }
        #expect(
          EditScript.between(source, target, mask: mask) == expected, "\(source) → \(target)")
      }
    }
  }

  @Test func ofEqualNeighboursTheFirstStay() {
    #expect(EditScript.between([7, 9, 9, 8], [7, 8]) == [.keep, .delete, .delete, .keep])
    #expect(EditScript.between([5, 5, 5, 6], [5, 6]) == [.keep, .delete, .delete, .keep])
    #expect(EditScript.between([3, 5, 5], [5]) == [.delete, .keep, .delete])
  }

  @Test func masksAreReplacedAndNotDeleted() {
    // 4 is the mask; without that knowledge replacing 9 is as good and comes first.
    #expect(EditScript.between([9, 4], [1], mask: 4) == [.delete, .replace(1)])
    #expect(EditScript.between([9, 4], [1]) == [.replace(1), .delete])
  }

  @Test func aLongerTargetHasNoScript() {
    #expect(EditScript.between([1, 2], [1, 2, 3]) == nil)
    #expect(EditScript.between([], [1]) == nil)
    #expect(EditScript.between([], []) == [])
  }
}

@Suite struct LevenshteinDistanceTests {
  /// Wagner & Fischer 1974: the whole table.
  private func reference(_ a: [UInt32], _ b: [UInt32]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let substituted = diagonal + (x == y ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
      }
    }
    return row[b.count]
  }

  @Test func distancesAreThoseOfTheTable() {
    let random = Random(seed: 12)
    for _ in 0..<600 {
      // Lengths around the words of 64 rows.
      let kinds = 1 + random.integer(below: 5)
      let a = (0..<random.integer(below: 200)).map { _ in UInt32(random.integer(below: kinds)) }
      let b = (0..<random.integer(below: 200)).map { _ in UInt32(random.integer(below: kinds)) }
      #expect(LevenshteinDistance.between(symbols: a, b) == reference(a, b))
    }
  }

  @Test func codePointsAreCountedAndStrayBytesToo() {
    #expect(LevenshteinDistance.between("kitten", "sitting") == 3)
    #expect(LevenshteinDistance.between("中，，，，国", "中国") == 4)
    #expect(LevenshteinDistance.between("e\u{301}", "\u{E9}") == 2)  // equal to Swift's String
    #expect(LevenshteinDistance.between([0xFF, 0x61], [0xFE, 0x61]) == 1)
    #expect(LevenshteinDistance.between("", "") == 0)
  }

  @Test func itIsAMetric() {
    let random = Random(seed: 13)
    for _ in 0..<200 {
      let texts = (0..<3).map { _ in random.text(count: random.integer(below: 30)) }
      let (a, b, c) = (texts[0], texts[1], texts[2])
      let ab = LevenshteinDistance.between(a, b)
      #expect(ab == LevenshteinDistance.between(b, a))
      #expect(ab <= LevenshteinDistance.between(a, c) + LevenshteinDistance.between(c, b))
      #expect((ab == 0) == a.utf8.elementsEqual(b.utf8))
    }
  }
}
