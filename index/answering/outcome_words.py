"""How things end, by language: the words for an outcome and for its opposite.

Lists are separated by commas. What merely follows on something else, such as "reopened" on "closed", is not in them: it
tells of another time, and contradicts nothing.
"""

from collections.abc import Mapping

OPPOSITES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "en": {
        "pass": (
            "approve,approved,approves,passed,passes,adopted,adopts,backed,backs,endorsed,"
            "accepted,accepts,voted for,voted to,voted in favor,voted in favour,gave the green light,go-ahead,"
            "gave the go-ahead,granted,signed off on,upheld,voted through,ratified,agreed to",
            "reject,rejected,rejects,voted down,turned down,voted against,threw out,thrown out,"
            "vetoed,blocked,blocks,dismissed,refused,declined,overturned,defeated the,struck down,quashed,denied",
        ),
        "win": (
            "won,wins,win,winner,beat,beats,victory,victorious,triumphed,defeated,triumph,re-elected",
            "lost,loses,lose,loser,beaten,was defeated,defeat",
        ),
        "guilt": (
            "acquitted,acquits,acquittal,cleared,not guilty,exonerated,found innocent",
            "convicted,convicts,conviction,found guilty,guilty",
        ),
        "life": (
            "survived,survives,survive,is alive,was alive,alive",
            "died,dead,death,killed,dies",
        ),
        "course": (
            "rose,rises,rise,risen,increased,increases,increase,climbed,climbs,grew,grown,jumped,gained,went up,up by",
            "fell,falls,fall,fallen,dropped,drops,drop,decreased,decreases,decrease,declined,shrank,shrunk,slipped,"
            "went down,down by,lower",
        ),
        "holding": (
            "go ahead,goes ahead,going ahead,went ahead,take place as planned,as scheduled,as planned,took place",
            "cancelled,canceled,called off,scrapped,abandoned,postponed",
        ),
        "word": (
            "confirmed,confirms,admitted,admits,acknowledged",
            "denied,denies,rejected claims,dismissed claims,dismissed reports",
        ),
        "success": (
            "succeeded,succeeds,successful,was a success,successfully",
            "failed,fails,unsuccessful,was a failure",
        ),
        "stay": (
            "will stay,stays,stay on,remain,remains,will remain,stay in office",
            "resigned,resigns,resign,stepped down,steps down,step down,quit,quits",
        ),
    },
    "de": {
        "pass": ("genehmigt,genehmigte,beschlossen,beschloss,gebilligt,billigte,angenommen,stimmte zu,zugestimmt",
                 "abgelehnt,lehnte,lehnt,verworfen,verwarf,zurückgewiesen,blockierte"),
        "win": ("gewann,gewonnen,siegte,gewinnt", "verlor,verloren,unterlag,verliert"),
        "guilt": ("freigesprochen,freispruch", "verurteilt,schuldig gesprochen"),
        "course": ("stieg,gestiegen,steigt", "sank,gesunken,sinkt,fiel"),
        "life": ("überlebte,überlebt", "starb,gestorben,tot"),
    },
    "fr": {
        "pass": ("approuvé,approuve,adopté,adopte,voté pour,validé", "rejeté,rejette,refusé,refuse"),
        "win": ("gagné,remporté,remporte,gagne", "perdu,perd"),
        "guilt": ("acquitté,acquittée,relaxé", "condamné,condamnée,reconnu coupable"),
        "course": ("augmenté,hausse,progressé", "baissé,baisse,reculé,diminué"),
        "life": ("survécu", "mort,morte,décédé"),
    },
    "es": {
        "pass": ("aprobó,aprobado,aprobada,adoptó,ratificó", "rechazó,rechazado,rechazada,vetó,denegó"),
        "win": ("ganó,venció,ganaron", "perdió,perdieron"),
        "guilt": ("absuelto,absuelta,absolvió", "condenado,condenada,declarado culpable,condenó"),
        "course": ("subió,aumentó,creció", "bajó,cayó,disminuyó"),
        "life": ("sobrevivió", "murió,falleció"),
    },
    "tr": {
        "pass": ("onayladı,onaylandı,kabul etti,kabul edildi", "reddetti,reddedildi"),
        "win": ("kazandı", "kaybetti"),
        "guilt": ("beraat", "mahkum,suçlu bulundu"),
        "course": ("arttı,yükseldi", "azaldı,düştü"),
    },
    "ja": {
        "pass": ("可決,承認", "否決,却下"),
        "win": ("勝利,勝った,優勝", "敗れた,敗北"),
        "guilt": ("無罪", "有罪"),
        "course": ("増加,上昇", "減少,下落"),
    },
    "ko": {
        "pass": ("가결,승인", "부결,거부"),
        "win": ("승리,이겼", "패배,졌다"),
        "guilt": ("무죄", "유죄"),
        "course": ("증가,상승", "감소,하락"),
    },
    "zh": {
        "pass": ("通过,批准", "否决,驳回,拒绝"),
        "win": ("获胜,赢得,击败", "落败,输掉"),
        "guilt": ("无罪", "有罪"),
        "course": ("上升,增加,增长", "下降,减少,下跌"),
    },
}  # fmt: skip

NEGATIONS: Mapping[str, str] = {
    "en": "not,never,no,nobody,no one,without,cannot,neither,nor,refused to,failed to,declined to,rather than,"
    "instead of",
    "de": "nicht,kein,keine,keinen,nie,niemals",
    "fr": "pas,jamais,aucun,aucune,refusé de",
    "es": "no,nunca,ningún,ninguna,jamás",
    "tr": "değil,hiç",
    "ja": "なかった,ない",
    "ko": "않,못했",
    "zh": "没有,不,未",
}

DOUBTS: Mapping[str, str] = {
    "en": "if,whether,would,could,might,may,hopes,hope,hoped,expected,expects,likely,unless,asked to,wants,urged,plans,"
    "planned,proposed,called for,seeks,seeking,vowed,promised,threatened,should,must,try,trying,tried,about to,due to,"
    "so that,prevent,prevents,prevented,"
    "former,previously,earlier,last year,had",
}
"""Words by which something is not told as having happened."""

BODIES: Mapping[str, str] = {
    "en": "committee council senate house court board mayor governor parliament commons lords jury judge union voters "
    "members president cabinet minister government congress commission regulator panel appeal tribunal assembly "
    "residents shareholders",
}
"""Those who decide. What one of them approves, another may reject."""
