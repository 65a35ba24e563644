/// One list of a plan, wherever its parts are kept.
public protocol PlanList<Part> {
  /// What it lists.
  associatedtype Part
  /// How many there are.
  var count: Int { get }
  /// The part at `index`, from 0 up to `count`.
  subscript(index: Int) -> Part { get }
}

/// The lists of a plan, wherever they are kept: in arrays (`DetectionPlan`, which says what each
/// holds), in the core's own memory (`PlanTables`), or in a program that has no heap.
///
/// A new list is named here; the compiler then asks each of these for a property of that name.
public protocol PlanLists {
  associatedtype Points: PlanList<PointPlan>
  var points: Points { get }
  associatedtype Seasons: PlanList<Season>
  var seasons: Seasons { get }
  associatedtype Programs: PlanList<ProgramPlan>
  var programs: Programs { get }
  associatedtype Instructions: PlanList<Instruction>
  var instructions: Instructions { get }
  associatedtype Windows: PlanList<PointWindow>
  var windows: Windows { get }
  associatedtype Cells: PlanList<CellPlan>
  var cells: Cells { get }
  associatedtype Curves: PlanList<CurvePlan>
  var curves: Curves { get }
  associatedtype CurvePoints: PlanList<CurvePoint>
  var curvePoints: CurvePoints { get }
  associatedtype Rules: PlanList<RulePlan>
  var rules: Rules { get }
  associatedtype Stages: PlanList<StagePlan>
  var stages: Stages { get }
  associatedtype Outputs: PlanList<OutputPlan>
  var outputs: Outputs { get }
  associatedtype Deterrents: PlanList<DeterrentPlan>
  var deterrents: Deterrents { get }
  /// What holds for the whole site.
  var site: SiteRules { get }
}
