/// Swift code that is made of texts from elsewhere: none of them gets out of its literal or its comment.
enum SwiftCode {
    /// A text as a literal. What nobody can see in it stands as an escape.
    static func literal(_ text: String) -> String {
        var code = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", "\"": code += "\\\(scalar)"
            case "\n": code += "\\n"
            case "\r": code += "\\r"
            case "\t": code += "\\t"
            case _ where TerminalText.isUnsafe(scalar): code += "\\u{\(String(scalar.value, radix: 16))}"
            default: code.unicodeScalars.append(scalar)
            }
        }
        return code + "\""
    }

    /// One line, whatever the text.
    static func comment(_ text: String) -> String {
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            guard line.count < 105 else { break }
            if !TerminalText.isUnsafe(scalar) {
                line.append(scalar)
            } else if line.last != " " {
                line.append(" ")
            }
        }
        return "// \(String(line))"
    }

    /// A name of letters and digits: `send-mail` is `sendMail`.
    static func identifier(_ text: String) -> String {
        var name = ""
        var beginsWord = false
        for character in text.unicodeScalars.map(Character.init) {
            if character.isASCII, character.isLetter || character.isNumber {
                name += beginsWord ? character.uppercased() : String(character)
                beginsWord = false
            } else {
                beginsWord = true
            }
        }
        return name.first?.isNumber == true ? "_\(name)" : name
    }
}
