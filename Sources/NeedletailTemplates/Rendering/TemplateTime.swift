#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The time that a template may ask for, in the zone of the machine.
struct TemplateTime {
  /// Seconds since 1970; now where it is `nil`.
  let seconds: Double?

  private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]

  /// The time in a format of `strftime`, with English names.
  func text(_ format: String, _ renderer: Renderer) throws(TemplateError) -> String {
    let date = seconds.map { Date(timeIntervalSince1970: $0) } ?? Date()
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = seconds == nil ? .current : .gmt
    let parts = calendar.dateComponents(
      [.year, .month, .day, .hour, .minute, .second, .weekday, .dayOfYear, .nanosecond], from: date)
    func padded(_ number: Int, _ width: Int, _ fill: String = "0") -> String {
      let digits = String(number)
      return String(repeating: fill, count: max(0, width - digits.count)) + digits
    }
    func two(_ number: Int?) -> String { padded(number ?? 0, 2) }
    let hour = parts.hour ?? 0
    let day = Self.days[((parts.weekday ?? 1) - 1) % 7]
    let month = Self.months[((parts.month ?? 1) - 1) % 12]
    var output = ""
    var signs = format.unicodeScalars[...]
    while let sign = signs.popFirst() {
      guard sign == "%" else {
        output.unicodeScalars.append(sign)
        continue
      }
      switch signs.popFirst() {
      case "Y": output += String(parts.year ?? 0)
      case "y": output += two((parts.year ?? 0) % 100)
      case "m": output += two(parts.month)
      case "d": output += two(parts.day)
      case "e": output += padded(parts.day ?? 0, 2, " ")
      case "H": output += two(hour)
      case "I": output += two((hour + 11) % 12 + 1)
      case "M": output += two(parts.minute)
      case "S": output += two(parts.second)
      case "f": output += padded((parts.nanosecond ?? 0) / 1_000, 6)
      case "p": output += hour < 12 ? "AM" : "PM"
      case "j": output += padded(parts.dayOfYear ?? 0, 3)
      case "A": output += day
      case "a": output += day.prefix(3)
      case "B": output += month
      case "b", "h": output += month.prefix(3)
      case "w": output += String((parts.weekday ?? 1) - 1)
      case "F": output += "\(parts.year ?? 0)-\(two(parts.month))-\(two(parts.day))"
      case "T": output += "\(two(hour)):\(two(parts.minute)):\(two(parts.second))"
      case "D": output += "\(two(parts.month))/\(two(parts.day))/\(two((parts.year ?? 0) % 100))"
      case "n": output += "\n"
      case "t": output += "\t"
      case "%": output += "%"
      case "-":
        switch signs.popFirst() {
        case "d": output += String(parts.day ?? 0)
        case "m": output += String(parts.month ?? 0)
        case "H": output += String(hour)
        case "I": output += String((hour + 11) % 12 + 1)
        case "M": output += String(parts.minute ?? 0)
        case "S": output += String(parts.second ?? 0)
        default: throw renderer.fail("the format of a time, \"\(format)\", is not supported", .unsupported)
        }
      default: throw renderer.fail("the format of a time, \"\(format)\", is not supported", .unsupported)
      }
    }
    return output
  }
}
