extension Function {
    static let textMembers: [Function] = []
    static let times: [Function] = []
    static let math: [Function] = []
    static let encoders: [Function] = []
    static let optionals: [Function] = []
    static let optionalMembers: [Function] = []
    static let network: [Function] = []
    static let networkMembers: [Function] = []
}
