/** 繁體中文（台灣）。 */

import type { Text } from '../languages.ts'
import { clientsZhTw } from './clients.tsx'
import { operationsZhTw } from './operations.tsx'
import { peopleZhTw } from './people.tsx'
import { zhTwSecurity } from './security.tsx'
import { zhTwSignInWith } from './sign-in-with.tsx'

const formatted = (count: number): string => count.toLocaleString('zh-TW')

export const zhTw: Text = {
  allowedApps: {
    title: '已允許的應用程式',
    lead: '您允許這些應用程式執行下列事項，不需每次詢問。撤銷後，該應用程式也會一併登出。',
    revoked: '已撤銷這個應用程式的權限',
    revokedAdvice: '它已在所有地方登出，之後必須再次徵求您的同意。',
    empty: '尚未允許任何應用程式',
    emptyAdvice: '應用程式要讓您登入時，會先在這裡徵求同意；您允許的項目會列在這裡。',
    app: '應用程式',
    idOf: (app) => `${app} 的識別碼`,
    may: '可以執行',
    at: (place) => <>在 {place}</>,
    allowed: '允許時間',
    changed: '變更時間',
    revoke: '撤銷',
  },

  authorization: {
    title: '返回應用程式',
    backTo: (app) => <>返回 {app}</>,
    formAdvice: '正在將您送回應用程式。如果沒有反應，請按「繼續」。',
    continue: '繼續',
    linkAdvice: '應用程式會自動開啟。如果沒有開啟，請按下按鈕。您可以關閉這個頁面。',
    open: '開啟應用程式',
    returnTo: (host) => <>返回 {host}</>,
    forDevelopersOf: (app) => <>提供給 {app} 的開發人員：</>,
    forDevelopers: '提供給這個應用程式的開發人員：',
    problems: {
      redirect_uri_missing: {
        title: '缺少返回網址',
        advice: '這個應用程式沒有說明要將您送回哪裡。請告知它的開發人員。',
      },
      redirect_uri_unregistered: {
        title: '返回網址未經登記',
        advice: '這個應用程式想將您送往未登記的網址，因此您會留在這裡。請告知它的開發人員。',
      },
      unknown_client: {
        title: '這裡不認得這個應用程式',
        advice: '連結可能有誤，或應用程式已被移除或停用。請洽詢本伺服器的管理人員。',
      },
      client_expired: {
        title: '這個應用程式已經很久沒有人使用',
        advice:
          '它是自行在這裡登記的，而半年內沒有人使用的應用程式會被移除。您的資料不受影響：請在應用程式中移除這個連線再重新加入，或先登出應用程式再重新登入，它就會重新登記。',
      },
      client_pending: {
        title: '這個應用程式正在等待管理員核准',
        advice:
          '本伺服器的管理人員會先檢視每個新的應用程式，才開放使用。他們看得到這個應用程式正在等待；如果您趕時間，請告知他們。核准之後，請回到應用程式重新開始。',
      },
      document_address: {
        title: '這個應用程式的網址不正確',
        advice: '這裡以應用程式自我介紹的網址來辨識它。請告知它的開發人員。',
      },
      document_busy: {
        title: '對這個應用程式網站的請求過多',
        advice: '沒有任何變更。請稍候一分鐘，再回到應用程式重新開始。',
      },
      document_policy: {
        title: '這裡不接受這個網站的應用程式',
        advice: '這是本伺服器管理人員的決定，請洽詢他們。',
      },
      document_unusable: {
        title: '這個應用程式的自我介紹不符規定',
        advice: '無法取得或使用它的說明。請稍後再試，或告知它的開發人員。',
      },
      request_uri: {
        title: '這個請求已過期或先前已回覆過',
        advice: '沒有任何變更。請回到應用程式重新開始。',
      },
      other: {
        title: '這個應用程式要求了它不能取得的內容',
        advice: '沒有任何變更。請告知它的開發人員。',
      },
    },
  },

  clients: clientsZhTw,

  common: {
    actions: '操作',
    addressUnknown: '位址不明',
    goToAccount: '前往您的帳號',
    errorTitle: (title) => `錯誤：${title}`,
    older: '較舊的項目',
    seeSessions: '查看您的工作階段與應用程式',
    signedInAs: '目前登入身分',
    staySignedIn: '保持登入',
    youAre: (name) => <>您目前以 {name} 的身分登入。</>,
    tooManyAttempts: '嘗試次數過多',
    tryAgainAfter: (wait) => `請等待 ${wait}後再試一次。`,
  },

  confirm: {
    cancel: '取消',
  },

  consent: {
    title: '要允許這個應用程式嗎？',
    question: (app) => <>要允許 {app} 讓您登入嗎？</>,
    questionOfHost: (host) => <>要允許 {host} 的應用程式讓您登入嗎？</>,
    callsItself: (app, firstSeen) => (
      <>
        它自稱「{app}」。首次出現於{firstSeen}。
      </>
    ),
    goesToSite: (host) => (
      <>
        您的答覆會送往網站 <strong>{host}</strong>。
      </>
    ),
    goesToComputer: (
      <>
        您的答覆會送往<strong>這部電腦上的程式</strong>。
      </>
    ),
    goesToApp: (scheme) => <>您的答覆會送往這部裝置上的應用程式（{scheme}）。</>,
    onlyIfYou: '請確認這是您自己開始的，才繼續',
    onlyIfYouAdvice: '這部裝置上的任何程式都能使用這個名稱。如果您剛才沒有開啟它，請選擇「拒絕」。',
    otherSite: '您的答覆會送往另一個網站',
    otherSiteAdvice: (known, sentTo) => (
      <>
        這個應用程式屬於 {known}，但您會被送往 {sentTo}。請確認您認得這兩個網站，才繼續。
      </>
    ),
    otherSiteUnchecked: '這裡沒有人檢查過這個應用程式。',
    trustedHost: (host) => <>{host} 受到您的管理員信任。</>,
    unchecked: '這裡沒有人檢查過這個應用程式',
    uncheckedAdvice: '它的名稱是自己取的。請確認您認得上述網站，才繼續。',
    decision: '您的決定',
    abilities: '它將可以',
    allowedBefore: '（先前已允許）',
    allow: '允許',
    deny: '拒絕',
  },

  copy: {
    copy: '複製',
    copied: '已複製',
    once: '請立即妥善保存：之後不會再顯示。',
  },

  device: {
    title: '連接裝置',
    lead: '請輸入裝置或終端機上顯示的代碼。',
    code: '代碼',
    codeHelp: '八個英文字母與數字。小寫字母、空格與連字號都可以。',
    goToCode: '前往代碼欄位',
    continue: '繼續',
    problems: {
      empty: {
        happened: '尚未輸入代碼',
        advice: '請輸入裝置上顯示的代碼。',
      },
      not_found: {
        happened: '沒有裝置在等待這個代碼',
        advice: '請與裝置上的代碼逐字核對。每個代碼只能使用一次。',
      },
      expired: {
        happened: '這個代碼已過期',
        advice: '請在裝置上取得新的代碼，然後輸入新代碼。',
      },
      already_used: {
        happened: '這個代碼已使用過',
        advice: '請在裝置上取得新的代碼，然後輸入新代碼。',
      },
      client_inactive: {
        happened: '這個代碼所屬的應用程式已停用',
        advice: '請洽詢本伺服器的管理人員，請他們啟用。',
      },
    },
    confirmTitle: '要允許這部裝置嗎？',
    question: (app) => <>要允許 {app} 以您的身分登入嗎？</>,
    mustShow: '您的裝置必須顯示這個代碼',
    onlyIfYou: '請確認這是您自己開始的，才繼續',
    onlyIfYouAdvice: '如果這個代碼或連結是別人傳給您的，請選擇「拒絕」。',
    device: '裝置',
    from: '來源',
    asked: '請求時間',
    approvedTitle: '裝置已連接',
    approved: (app) => <>您已允許 {app}</>,
    approvedAdvice: '請回到您的裝置：它會在幾秒內自動登入。您可以關閉這個頁面。',
    deniedTitle: '已拒絕裝置',
    denied: (app) => <>您已拒絕 {app}</>,
    deniedAdvice: '這部裝置沒有進入您的帳號，它的代碼也已失效。您可以關閉這個頁面。',
    another: '輸入其他代碼',
  },

  endSession: {
    title: '登出',
    question: '要登出嗎？',
    appAsks: (app, site) => (
      <>
        {app} 要求將您從 {site} 登出。
      </>
    ),
    someAppAsks: (site) => `有應用程式要求將您從 ${site} 登出。`,
    signOut: '登出',
    signOutAndReturn: '登出並返回',
    problems: {
      hint_missing: {
        title: '無法得知是哪個應用程式將您送來這裡',
        advice: '您可以登出，之後會留在這個頁面。',
        detail: '提供給開發人員：post_logout_redirect_uri 需要搭配 id_token_hint。',
      },
      hint_invalid: {
        title: '無法驗證這個請求',
        advice: '確定要登出時才登出。之後會留在這個頁面。',
        detail: '提供給開發人員：id_token_hint 無效。',
      },
      redirect_not_registered: {
        title: '這個應用程式想將您送往不明的網址',
        advice: '您可以登出，之後會留在這個頁面。',
        detail: '提供給開發人員：post_logout_redirect_uri 未登記。',
      },
    },
    doneTitle: '已登出',
    done: '您已登出',
    doneAdvice: '您可以關閉這個頁面。',
    stayHere: '因此您會留在這裡。',
    again: '重新登入',
  },

  error: {
    kinds: {
      bad_request: {
        title: '無法理解這個請求',
        advice: '連結或表單可能不完整。請返回再試一次，或重新開始。',
      },
      page_expired: {
        title: '這個頁面開啟太久了',
        advice: '為了保護您，沒有進行任何變更。請返回並重新載入頁面，再做一次剛才的操作。',
      },
      page_expired_kept: {
        title: '這個頁面開啟太久了',
        advice: '為了保護您，沒有進行任何變更。您輸入的內容已保留：請繼續，再送出一次。',
      },
      forbidden: {
        title: '您無法開啟這個頁面',
        advice: '您的帳號沒有檢視權限。如果應該要有，請洽詢本伺服器的管理人員。',
      },
      not_found: {
        title: '沒有這個頁面',
        advice: '網址可能輸入錯誤，或它所指的內容已不存在。',
      },
      method_not_allowed: {
        title: '這個頁面不能這樣使用',
        advice: '請改由本伺服器的連結或按鈕開啟。',
      },
      too_large: {
        title: '一次送出的內容太多了',
        advice: '您送出的表單超過本伺服器的上限。請縮短內容後再試一次。',
      },
      too_many_requests: {
        title: '嘗試次數過多',
        advice: '這項限制是為了保護這裡的每個帳號。',
      },
      internal: {
        title: '我們這邊發生了問題',
        advice: '這不是您的錯，問題已經記錄下來。請一分鐘後再試一次。',
      },
      unavailable: {
        title: '本伺服器目前無法回應',
        advice: '它正在啟動、忙碌或維護中。請一分鐘後再試一次。',
      },
    },
    goOn: '繼續',
    requestId: '請求編號',
    requestIdAdvice: '尋求協助時請提供這個請求編號，本伺服器的管理人員可以據此查明發生了什麼事。',
  },

  layout: {
    main: '主選單',
    menu: '選單',
    skip: '跳至主要內容',
    help: '說明',
    questions: '有問題嗎？請洽詢本伺服器的管理人員。',
    privacy: '隱私權',
    terms: '服務條款',
    language: '語言',
    theme: '外觀',
    themes: { system: '自動', light: '淺色', dark: '深色' },
    signOut: '登出',
  },

  guides: {
    guides: '開發人員指南',
    titles: {
      'getting-started': '開始使用',
      'auth-code-flow': '從應用程式登入',
      'device-flow': '在裝置或終端機登入',
      'client-credentials': '沒有使用者的服務',
      oidc: '登入的人是誰：OpenID Connect',
      'jwt-verification': '在 API 中驗證存取權杖',
      tokens: '權杖的使用與更新',
      errors: '錯誤代碼',
      mcp: 'MCP 伺服器與用戶端',
      security: '用戶端的安全守則',
    },
    api: {
      title: '管理 API',
      lead: '管理員在此能做的一切，都可由程式完成：用戶端、使用者、權杖、金鑰、資源與稽核記錄。',
      document: 'OpenAPI 3.1 文件',
      address: '位址：',
      scopes: '權限範圍',
      refusals: '各種拒絕的意義',
      scope: '權限範圍：',
      parameters: '參數',
      body: '請求內容',
      answers: '回應',
      answer: '回應內容',
      mayRefuse: '可能的拒絕狀態：',
      required: '必填',
      groups: {
        overview: '概觀',
        clients: '用戶端',
        users: '使用者',
        tokens: '權杖',
        audit: '稽核記錄',
        keys: '簽章金鑰',
        resources: '資源',
      },
    },
    neighbors: '上一篇與下一篇指南',
    previous: '上一篇',
    next: '下一篇',
    signInForValues: (href) => (
      <>
        <a href={href}>登入</a>後，範例就能直接套用您自己應用程式的值。
      </>
    ),
    noOwnApps: '範例中使用的是虛構的值。等您在這裡有了自己的應用程式，就能選擇它來套用實際的值。',
    choose: '套用下列應用程式的值',
    madeUp: '虛構的應用程式',
    useValues: '顯示',
    causes: '常見原因：',
    remedy: '處理方式：',
    noGuide: '找不到這篇指南',
    noGuideAdvice: '網址可能已過時或輸入有誤。目前有下列指南：',
    endpoints: {
      issuer: '這部伺服器的身分，也就是每個權杖與回應中的 iss',
      authorization_endpoint: '將瀏覽器導向這裡，讓使用者登入',
      token_endpoint: '以授權碼、更新權杖或用戶端憑證換取權杖',
      device_authorization_endpoint: '裝置在這裡取得兩組代碼',
      pushed_authorization_request_endpoint: '導向瀏覽器之前，先在這裡送出授權請求',
      userinfo_endpoint: '這部伺服器所知道的使用者資料',
      introspection_endpoint: '查詢權杖是否有效，供持有密鑰的服務使用',
      revocation_endpoint: '在這裡撤銷權杖',
      end_session_endpoint: '將瀏覽器導向這裡，讓使用者登出',
      registration_endpoint: '用戶端自行註冊的地方',
      jwks_uri: '驗證簽章所需的公開金鑰',
    },
  },

  list: {
    moreFilters: '更多篩選條件',
    previous: '上一頁',
    next: '下一頁',
    pagesOf: (what) => `${what}的分頁`,
    total: (count) => `共 ${formatted(count)} 筆`,
    totalAtLeast: (count) => `超過 ${formatted(count)} 筆`,
    noneFound: '沒有符合的項目',
    noneFoundAdvice: '請減少關鍵字，或改用其他篩選條件。',
    search: '搜尋',
    apply: '套用',
    reset: '清除',
    any: '不限',
  },

  login: {
    title: '登入',
    username: '使用者名稱',
    password: '密碼',
    show: '顯示',
    showPassword: '顯示密碼',
    hide: '隱藏',
    hidePassword: '隱藏密碼',
    rememberMe: (days) => `保持登入 ${formatted(days)} 天`,
    signIn: '登入',
    toDevice: '以連接裝置',
    toApp: (app) => <>以繼續前往 {app}</>,
    continueWith: (provider) => `使用 ${provider} 繼續`,
    or: '或',
    privacyPolicy: '隱私權政策',
    terms: '服務條款',
    missing: '有欄位尚未填寫',
    missingFields: { username: '請輸入使用者名稱', password: '請輸入密碼' },
    mismatch: '使用者名稱與密碼不符',
    mismatchAdvice: (username, password) => (
      <>
        請檢查您的{username}與{password}，然後再試一次。
      </>
    ),
    usernameLink: '使用者名稱',
    passwordLink: '密碼',
    timeout: '您離開了一段時間',
    timeoutAdvice: '為了保護您的帳號，我們已將您登出。請重新登入以繼續。',
    untrusted: '您的工作階段已無法信任',
    untrustedAdvice: '它看起來與您開始時不同，因此我們將它結束了。請重新登入以繼續。',
    ended: '您已被登出',
    endedAdvice: '您的工作階段已從其他瀏覽器或由本伺服器的管理人員結束。請重新登入以繼續。',
    disabled: '這個帳號已停用',
    disabledAdvice: '請洽詢本伺服器的管理人員，請他們重新啟用。',
    notSetUp: '您在這裡還沒有帳號',
    notSetUpAdvice:
      '密碼正確，但無法建立您的帳號：缺少電子郵件地址，或名稱或地址已屬於這裡的其他人。請洽詢本伺服器的管理人員。',
    unavailable: '目前無法登入',
    unavailableAdvice: '您輸入的內容沒有問題。請一分鐘後再試一次。',
    signedOut: '您已登出',
    signedOutAdvice: '您可以關閉這個頁面。',
    again: '請再登入一次',
    againAdvice: '您已經登入，但應用程式要求確認仍然是您本人。',
  },

  logout: {
    title: '登出',
    question: '要登出嗎？',
    lead: (name) => <>您目前以 {name} 的身分登入。您連接的應用程式與裝置會保持連接。</>,
    signOut: '登出',
  },

  navigation: {
    account: '帳號',
    admin: '管理',
    apps: '應用程式',
    places: {
      sessions: '工作階段與應用程式',
      authorizations: '已允許的應用程式',
      connections: '已連結的帳號',
      security: '安全性',
      profile: '個人資料',
      myApps: '我的應用程式',
      device: '連接裝置',
      docs: '開發人員文件',
      dashboard: '儀表板',
      clients: '用戶端',
      users: '使用者',
      tokens: '權杖',
      audit: '稽核紀錄',
      keys: '簽章金鑰',
      settings: '設定',
    },
    waiting: (count) => `${formatted(count)} 個等待核准`,
  },

  operations: operationsZhTw,
  people: peopleZhTw,

  resources: {
    title: '僅限下列服務',
  },

  resume: {
    title: '繼續剛才的操作',
    lead: '執行前需要先請您登入。目前沒有任何變更，您的資料也沒有遺失。',
    entered: '您輸入的內容',
    withoutSecrets: '密碼不會保留：系統會再次請您輸入。',
    send: '繼續',
    leave: '不送出，返回',
  },

  scopes: {
    known: {
      openid: '確認您的身分',
      profile: '查看您的姓名與圖片',
      email: '查看您的電子郵件地址',
      offline_access: '在您離開時保持登入',
      read: '以您的名義讀取資料',
      write: '以您的名義變更資料',
      'authgate:read': '查看本伺服器管理員可見的所有內容：使用者、應用程式、權杖與稽核記錄',
      'authgate:admin': '以您的名義管理本伺服器：建立、變更與刪除使用者、應用程式、權杖與金鑰',
    },
    unknown: (scope, app) => `「${scope}」（由 ${app} 定義）`,
  },

  security: zhTwSecurity,

  sessions: {
    title: '工作階段與應用程式',
    notices: {
      session_ended: '已結束工作階段',
      sessions_ended: '已結束所有其他工作階段',
      grant_revoked: '已中斷應用程式的連接',
      grants_revoked: '已中斷所有應用程式與裝置的連接',
    },
    browsers: '瀏覽器工作階段',
    browsersLead: '您登入的地方。如有不認得的，請將它結束。',
    browser: '瀏覽器',
    thisOne: '目前這個',
    signedIn: '登入時間',
    withPassword: '使用密碼',
    withProvider: (provider) => `使用 ${provider}`,
    lastSeen: '最近使用',
    end: '結束工作階段',
    endOthers: '結束其他所有工作階段…',
    endOthersConsequence: (count, atLeast, name) =>
      `這會結束 ${name} 的其他${atLeast ? '超過' : ''} ${formatted(count)} 個工作階段。您在這裡會保持登入。`,
    endOthersConfirm: '結束其他所有工作階段',
    apps: '應用程式與裝置',
    appsLead: '您允許代表您執行動作的應用程式與裝置。',
    app: '應用程式',
    abilities: '可以執行的事項',
    appId: (id) => <>應用程式識別碼 {id}</>,
    idOf: (app) => `${app} 的識別碼`,
    lastUsed: '最近使用',
    notYet: '尚未使用',
    ends: '到期時間',
    tokens: '權杖',
    revoke: '撤銷',
    revokeAll: '全部撤銷…',
    revokeAllConsequence: (tokens, apps, atLeast) =>
      `這會讓 ${formatted(apps)} 個應用程式的${atLeast ? '超過' : ''} ${formatted(tokens)} 個權杖失效，它們都必須再次徵求您的同意。`,
    revokeAllConfirm: '全部撤銷',
    empty: '尚未連接任何應用程式或裝置',
    emptyAdvice: '請先在裝置或終端機上開始登入，再輸入它顯示的代碼。',
    enterCode: '輸入代碼',
  },

  signInWith: zhTwSignInWith,

  switchAccount: {
    label: '目前登入的帳號',
    switch: '切換帳號',
  },

  time: {
    justNow: '剛剛',
    inAMoment: '稍後',
    seconds: (count) => `${formatted(count)} 秒`,
    minutes: (count) => `${formatted(count)} 分鐘`,
  },

  userAgent: {
    unknown: '不明裝置',
    unknownProgram: '不明程式',
    writtenIn: (language) => `${language} 程式`,
    on: (program, system) => `${system} 上的 ${program}`,
  },
}
