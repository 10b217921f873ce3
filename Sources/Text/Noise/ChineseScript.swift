/// The two ways in which Chinese is written today.
public enum ChineseScript: Sendable {
  /// As in mainland China and Singapore.
  case simplified
  /// As in Taiwan, Hong Kong and Macau.
  case traditional
}

extension ChineseScript {
  private static let traditionalForms = CharacterGroups(ScriptTable.traditional)
  private static let simplifiedForms = CharacterGroups(ScriptTable.simplified)

  /// The forms that a character has in this script; none if it is written so in both.
  func forms(of scalar: UInt32) -> ArraySlice<UInt32> {
    switch self {
    case .simplified: ChineseScript.simplifiedForms[scalar]
    case .traditional: ChineseScript.traditionalForms[scalar]
    }
  }

  /// Whether a character has other forms in this script, and is none of them.
  func lacks(_ scalar: UInt32) -> Bool {
    let forms = forms(of: scalar)
    return !forms.isEmpty && !forms.contains(scalar)
  }

  /// The script of a text: traditional if it has any character that simplified writing lacks.
  init(of graphemes: Graphemes) {
    let isTraditional = graphemes.kinds.indices.contains { index in
      guard graphemes.kinds[index] == .han, let scalar = graphemes.scalar(at: index) else {
        return false
      }
      return ChineseScript.simplified.lacks(scalar)
    }
    self = isTraditional ? .traditional : .simplified
  }

  /// The script of a text of UTF-8.
  package init(of text: [UInt8]) {
    self.init(of: Graphemes(String(decoding: text, as: UTF8.self)))
  }
}
