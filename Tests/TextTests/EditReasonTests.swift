import SeqaeText
import Testing

@Test(arguments: [
  (EditReason.invisible, "\u{200B}", "", "a"), (.spaces, "  ", "", "a"),
  (.spaces, "\u{3000}", " ", "a"), (.repeated, "，，", "", "中，"), (.repeated, "ab", "", "ab"),
  (.marks, "★，", "", "a"), (.marks, "👍🏽", "", "a"), (.stray, "x1", "", "中"),
  (.missing, "", "国", "中"), (.letterCase, "hELLO", "Hello", ""), (.width, "ｈ１", "h1", ""),
  (.order, "eh", "he", "t"), (.lookAlike, "р", "p", ""), (.lookAlike, "末", "未", ""),
  (.sound, "在", "再", ""), (.other, "abc", "xyzz", ""), (.other, "天", "x", ""),
])
func anEditIsCalledByWhatItUndoes(
  _ reason: EditReason, _ removed: String, _ inserted: String, _ before: String
) {
  let found = EditReason(
    removed: Array(removed.utf8), inserted: Array(inserted.utf8), before: Array(before.utf8))
  #expect(found == reason, "\(removed) → \(inserted)")
}
