"""One module and one .kv for each view model of :mod:`kiosk.stage`; which screen shows which view."""

from typing import Any

from kiosk import stage
from screens.screen import Screen
from screens.views.attract import AttractScreen
from screens.views.case_progress import CaseProgressScreen
from screens.views.delivered import DeliveredScreen
from screens.views.enter_digits import EnterDigitsScreen
from screens.views.enter_text import EnterTextScreen
from screens.views.form_page import FormPageScreen
from screens.views.home import HomeScreen
from screens.views.identify import IdentifyScreen
from screens.views.item_guide import ItemGuideScreen
from screens.views.item_list import ItemListScreen
from screens.views.paper_check import PaperCheckScreen
from screens.views.problem_shown import ProblemShownScreen
from screens.views.review import ReviewScreen
from screens.views.scan_code import ScanCodeScreen
from screens.views.set_up_page import SetUpPageScreen
from screens.views.technician import TechnicianScreen
from screens.views.verification_result import VerificationResultScreen
from screens.views.waiting import WaitingScreen

SCREENS: dict[type[stage.View[Any]], type[Screen]] = {
    stage.Attract: AttractScreen,
    stage.Home: HomeScreen,
    stage.ItemList: ItemListScreen,
    stage.ItemGuide: ItemGuideScreen,
    stage.Identify: IdentifyScreen,
    stage.FormPage: FormPageScreen,
    stage.Review: ReviewScreen,
    stage.Waiting: WaitingScreen,
    stage.Delivered: DeliveredScreen,
    stage.ProblemShown: ProblemShownScreen,
    stage.PaperCheck: PaperCheckScreen,
    stage.ScanCode: ScanCodeScreen,
    stage.EnterDigits: EnterDigitsScreen,
    stage.EnterText: EnterTextScreen,
    stage.CaseProgress: CaseProgressScreen,
    stage.SetUpPage: SetUpPageScreen,
    stage.Technician: TechnicianScreen,
    stage.VerificationResult: VerificationResultScreen,
}
