/** 使用者與權杖相關頁面的繁體中文（台灣）。 */
import type { ListTotal } from '../../../shared/listing.ts'
import type { Text } from '../languages.ts'

const formatted = (count: number): string => count.toLocaleString('zh-TW')
const total = ({ count, atLeast }: ListTotal, unit: string): string =>
  `${atLeast ? '超過 ' : ''}${formatted(count)} ${unit}`
const sessions = (count: ListTotal): string => total(count, '個工作階段')
const tokens = (count: ListTotal): string => total(count, '個權杖')

function factorWords({ totp, passkeys }: { totp: boolean; passkeys: number }): string {
  const words = [totp ? '驗證器應用程式' : '', passkeys > 0 ? `${formatted(passkeys)} 個通行密鑰` : '']
  return words.filter((word) => word !== '').join('、')
}

export const peopleZhTw: Text['people'] = {
  users: {
    title: '使用者',
    lead: '可以在這裡登入的所有人。',
    create: '新增使用者',
    filters: {
      search: '使用者名稱、電子郵件或姓名',
      searchHelp: '輸入開頭文字，或完整的識別碼',
      role: '角色',
      status: '狀態',
      source: '登入方式',
    },
    empty: '還沒有使用者',
    emptyAdvice: '請新增一位，並將密碼交給對方。',
    username: '使用者名稱',
    email: '電子郵件',
    fullName: '姓名',
    role: '角色',
    roles: { admin: '管理員', user: '使用者' },
    status: '狀態',
    statuses: { active: '啟用', disabled: '停用' },
    source: '登入方式',
    sources: {
      local: '本機密碼',
      http_api: '公司登入系統',
      microsoft: 'Microsoft',
      github: 'GitHub',
      gitea: 'Gitea',
      gitlab: 'GitLab',
      oidc: 'OpenID Connect',
    },
    created: '建立時間',
    changed: '變更時間',
    lastSeen: '最近使用',
    notSignedIn: '目前未登入',
    id: '識別碼',
    idOf: (username) => `${username} 的識別碼`,
    verified: '已驗證',
    unverified: '未驗證',
    you: '您',
    notices: {
      updated: '已變更使用者',
      unchanged: '內容沒有不同',
      disabled: '已停用使用者，並結束其工作階段與權杖',
      enabled: '已重新啟用使用者',
      deleted: '已刪除使用者，以及其工作階段、權杖與同意紀錄',
      sessions_ended: '已結束其工作階段',
      tokens_ended: '已撤銷其權杖',
      email_verified: '已將電子郵件地址標示為已驗證',
      consent_withdrawn: '已撤銷這個應用程式的權限',
      factors_removed: '已移除其第二驗證因素',
      disconnected: '已中斷該帳號的連結',
    },
    refusals: {
      last_admin: '這是最後一位啟用中的管理員',
      own_account: '這是您自己的帳號',
      not_local: '對方的密碼不在這裡保存',
      gone: '這位使用者已不存在',
    },
    refusalAdvice: {
      last_admin: '請先將其他人設為管理員，否則將沒有人能管理這部伺服器。',
      own_account: '請洽詢另一位管理員，由對方操作，也由對方復原。',
      not_local: '請在對方登入的地方變更。',
      gone: '已有人將其刪除。',
    },
    has: '擁有的項目',
    browserSessions: '瀏覽器工作階段',
    liveTokens: '有效的權杖',
    accessAndRefresh: (access, refresh) => `存取 ${access} 個，更新 ${refresh} 個`,
    allowedApps: '已允許的應用程式',
    ownedClients: '擁有的用戶端',
    audit: '操作紀錄',
    auditLink: '這位使用者的稽核紀錄',
    show: '查看',
    noSessions: '目前沒有在任何地方登入',
    edit: '編輯',
    verifyEmail: '將電子郵件標示為已驗證',
    acts: '收回權限',
    resetPassword: '重設密碼…',
    resetPasswordConsequence: (name, session, token) => (
      <>
        {name} 會得到新密碼，並只向您顯示一次。這會結束 {sessions(session)}與 {tokens(token)}。
      </>
    ),
    resetPasswordConfirm: '重設密碼',
    endSessions: '結束工作階段…',
    endSessionsConsequence: (name, session) => (
      <>
        這會結束 {name} 的 {sessions(session)}。應用程式與裝置會保持連接。
      </>
    ),
    endSessionsOwn: '您也會在這裡登出。',
    endSessionsConfirm: '結束工作階段',
    endTokens: '撤銷權杖…',
    endTokensConsequence: (name, token) => (
      <>
        這會撤銷 {name} 的 {tokens(token)}。所有應用程式與裝置都必須再次徵求同意。
      </>
    ),
    endTokensConfirm: '撤銷權杖',
    disable: '停用…',
    disableConsequence: (name, session, token) => (
      <>
        {name} 將無法再登入。這會結束 {sessions(session)}與 {tokens(token)}。
      </>
    ),
    disableConfirm: '停用使用者',
    enable: '啟用',
    delete: '刪除…',
    deleteConsequence: (name, session, token, consent) => (
      <>
        這會永久刪除 {name}，結束 {sessions(session)}與 {tokens(token)}，並清除{' '}
        {total(consent, '個已允許的應用程式')}。
      </>
    ),
    deleteClients: (count) => `其 ${formatted(count)} 個用戶端會保留，但不再有擁有者。`,
    deleteConfirm: '刪除使用者',
    form: {
      createTitle: '新增使用者',
      editTitle: '編輯使用者',
      usernameHelp: '可使用小寫字母 a–z、數字、「_」與「-」。之後無法變更。',
      emailHelp: '更換地址後，需要重新驗證。',
      password: '密碼',
      passwordHelp: '留空會自動產生密碼，並只向您顯示一次。',
      emailVerified: '已確認這是對方的地址',
      ownRole: '您無法變更自己的角色。',
      problem: '尚未儲存使用者',
      problems: {
        username: '請使用 1 到 64 個 a–z、0–9、「_」與「-」',
        email: '請輸入電子郵件地址',
        password: '無法使用這個密碼：太短、太長或太容易猜到',
      },
      taken: { username: '這個使用者名稱已有人使用', email: '這個地址屬於其他人' },
      save: '儲存',
      create: '建立使用者',
    },
    password: {
      title: '新密碼',
      created: (name) => <>{name} 的密碼</>,
      label: '密碼',
      handOver: '請以只有對方能讀取的方式交付。',
      gone: '密碼先前已顯示過',
      goneAdvice: '無法再次顯示。如果遺失，請再重設一次。',
      back: '前往該使用者',
    },
    factors: '第二驗證因素',
    factorsOf: (factors) => factorWords(factors) || '無',
    removeFactors: '移除第二驗證因素…',
    removeFactorsConsequence: (name, factors) => (
      <>
        這會移除 {name} 的{factorWords(factors)}
        與復原碼。之後只需密碼即可登入，並可重新設定。請先確認提出要求的人的身分。
      </>
    ),
    removeFactorsConfirm: '移除第二驗證因素',
    connections: {
      title: '已連結的帳號',
      lead: (name) => <>{name} 可用來登入的外部帳號。</>,
      empty: '沒有已連結的帳號',
      emptyAdvice: '使用者可在「已連結的帳號」自行連結，或直接以外部帳號登入。',
      disconnect: '中斷連結…',
      consequence: (provider, name) => (
        <>
          {name} 將無法再以 {provider} 登入。如果沒有其他登入方式，在重新設定之前都無法登入。
        </>
      ),
      confirm: '中斷連結',
    },
    authorizations: {
      title: '已允許的應用程式',
      lead: (name) => <>{name} 允許應用程式執行的事項，系統會記住。</>,
      empty: '尚未允許任何應用程式',
      emptyAdvice: '應用程式要讓人登入時會先徵求同意；允許的項目會列在這裡。',
      app: '應用程式',
      may: '可以執行',
      allowed: '允許時間',
      revoke: '撤銷…',
      consequence: (app) => <>{app} 會在所有地方登出，之後必須再次徵求這個人的同意。</>,
      confirm: '撤銷',
    },
  },

  tokens: {
    title: '權杖',
    lead: '應用程式、裝置與服務持有的所有權杖。',
    filters: {
      status: '狀態',
      client: '用戶端',
      clientHelp: '輸入名稱開頭，或識別碼',
      user: '使用者',
      userHelp: '使用者名稱、電子郵件地址或識別碼',
      id: '權杖識別碼',
    },
    kinds: { access: '存取權杖', refresh: '更新權杖' },
    kind: { access: '存取權杖', refresh: '更新權杖' },
    statuses: {
      active: '有效',
      disabled: '停用',
      revoked: '已撤銷',
      superseded: '已被取代',
      expired: '已過期',
    },
    empty: '還沒有權杖',
    emptyAdvice: '應用程式、裝置或服務登入後，就會出現在這裡。',
    select: '選取',
    selectToken: (id) => `選取權杖 ${id}`,
    token: '權杖',
    client: '用戶端',
    user: '使用者',
    itself: '用戶端本身',
    status: '狀態',
    scopes: '範圍',
    noScopes: '無',
    issued: '發行時間',
    expires: '到期時間',
    kindTerm: '種類',
    grant: '授權',
    idOf: '權杖識別碼',
    details: '詳細資料',
    moreClients: (count) => `符合的用戶端超過 ${formatted(count)} 個；這裡列出最新幾個的權杖。`,
    revokeSelected: '撤銷選取的項目…',
    notices: {
      revoked: '已撤銷權杖',
      many_revoked: '已撤銷選取的權杖',
      disabled: '已停用權杖',
      enabled: '權杖已恢復使用',
      unchanged: '沒有任何變更：權杖的狀態已經不同',
      none_selected: '尚未選取任何權杖',
    },
    disable: '停用',
    enable: '啟用',
    revoke: '撤銷…',
    revokeConfirm: '撤銷',
    revokeAccess: (client, user) => (
      <>
        這會讓 {client} {user !== undefined && <>代表 {user} </>}
        的一個存取權杖失效。應用程式可能會以更新權杖取得新的權杖。
      </>
    ),
    revokeRefresh: (client, user) => (
      <>
        這會讓 {client} 在{user !== undefined && <> {user} 的</>}
        這次登入中取得的一切失效：更新權杖與其存取權杖。應用程式必須再次徵求同意。
      </>
    ),
    confirmTitle: '要撤銷權杖嗎？',
    confirmLead: (count) => `這會讓 ${tokens(count)}失效。撤銷更新權杖時，同一次登入的存取權杖也會一併失效。`,
    confirmButton: '撤銷',
    back: '返回權杖清單',
    enableAdvice: '如果應用程式在這期間已中斷連接，權杖就無法重新啟用。',
  },

  grant: {
    title: '應用程式的權杖',
    heading: (app) => <>{app} 的權杖</>,
    lead: '這個應用程式或裝置用來代表您執行動作的權杖。',
    connected: '連接時間',
    from: '來源',
    lastUsed: '最近使用',
    notYet: '尚未使用',
    kind: '種類',
    may: '可以執行',
    created: '建立時間',
    expires: '到期時間',
    remaining: (percent) => `剩餘 ${percent}%`,
    state: '狀態',
    off: '已暫停',
    works: '有效',
    pause: '暫停',
    resume: '恢復',
    end: '結束…',
    endAccess: '應用程式可能會自動取得新的權杖。若要停止，請中斷應用程式的連接。',
    endRefresh: '應用程式會登出，之後必須再次徵求您的同意。',
    endConfirm: '結束權杖',
    disconnect: '中斷連接…',
    disconnectConsequence: (app, count) => (
      <>
        這會讓 {app} 的 {tokens(count)}失效，它必須再次徵求您的同意。
      </>
    ),
    disconnectConfirm: '中斷應用程式的連接',
    empty: '這個應用程式已沒有任何權杖',
    emptyAdvice: '它必須再次徵求您的同意，才能代表您執行動作。',
    notices: {
      token_ended: '已結束權杖',
      token_paused: '已暫停權杖',
      token_resumed: '權杖已恢復使用',
      token_unchanged: '沒有任何變更：權杖的狀態已經不同',
    },
    kinds: { access: '短期權杖', refresh: '長期權杖' },
    show: '查看權杖',
  },
}
